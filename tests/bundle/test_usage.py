"""Which snapshot columns a bundle uses."""

from pathlib import Path

import pytest

from bundle.contents import Bundle
from bundle.files import read_bundle
from bundle.usage import column_uses


@pytest.fixture(scope="module")
def bundle(written: Path) -> Bundle:
    return read_bundle(written)


def test_every_input_of_a_model_is_listed_with_its_splits(bundle: Bundle):
    uses = [use for use in column_uses(bundle) if use.part == "model churn"]
    assert [use.column for use in uses] == list(bundle.models["churn"].columns)
    assert sum(use.gain or 0 for use in uses) == pytest.approx(1)
    assert all((use.gain == 0) == (use.splits == 0) for use in uses)
    # The label of the fixture hangs on the first column.
    assert max(uses, key=lambda use: use.gain or 0) is uses[0]


def test_conditions_of_the_catalogue_are_listed(bundle: Bundle):
    named = {(use.column, use.part) for use in column_uses(bundle) if use.gain is None}
    assert ("abandoned_carts_30d", "condition basket_reminder") in named
    assert ("days_since_last_purchase", "price class win_back/far_gone") in named
    assert ("unresolved_contacts", "journey open_complaint") in named
    # A probability is no snapshot column.
    assert not any(column == "churn_probability" for column, _ in named)


def test_only_columns_of_the_snapshot_are_listed(bundle: Bundle):
    assert {use.column for use in column_uses(bundle)} <= set(bundle.column_positions)
