"""Scores of a batch are those of each customer alone, by every model or by those asked for."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from bundle.contents import Bundle
from bundle.files import read_bundle
from bundle.reasons import explain_one
from bundle.scores import CENTS, PROBABILITY, score_names, scores_of
from decisioning.estimates import Amount
from features.errors import SettingError
from tests.bundle.support import make_parts, write


@dataclass(frozen=True)
class Spend:
    """An amount, to stand for whatever a shop's value model is."""

    columns: tuple[str, ...] = ("spend_90d",)

    def predict(self, x: np.ndarray) -> Amount:
        return Amount(x[:, 0], x[:, 0] - 1.0, x[:, 0] + 1.0)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder: Path = tmp_path_factory.mktemp("scores") / "bundle"
    write(folder, make_parts())
    return replace(read_bundle(folder), amounts={"value_90d": Spend()})


def test_every_model_says_what_it_says(bundle: Bundle) -> None:
    profiles = bundle.customers.profiles
    told = scores_of(bundle, profiles)
    assert score_names(bundle) == (*bundle.models, "value_90d")
    for name, model in bundle.models.items():
        x = profiles[:, [bundle.column_positions[column] for column in model.columns]]
        said = model.predict(x)
        mine = [next(score for score in row if score.model == name) for row in told]
        assert [(s.mean, s.low, s.high) for s in mine] == list(
            zip(said.mean.tolist(), said.low.tolist(), said.high.tolist(), strict=True)
        )
        assert {s.unit for s in mine} == {PROBABILITY}
        beside = {
            c["name"]: float(profiles[3, k])
            for k, c in enumerate(bundle.manifest.columns)
            if not c.get("protected")
        }
        assert mine[3].reasons == explain_one(model, x[3], beside=beside)
    assert any(score.reasons for row in told for score in row)
    spent = [row[-1] for row in told]
    assert {(s.model, s.unit, s.reasons) for s in spent} == {("value_90d", CENTS, ())}


def test_one_customer_is_told_the_same_as_among_many(bundle: Bundle) -> None:
    profiles = bundle.customers.profiles
    assert scores_of(bundle, profiles[5:6]) == scores_of(bundle, profiles)[5:6]


def test_of_whom_nothing_may_be_read_nothing_is_said(bundle: Bundle) -> None:
    profiles = bundle.customers.profiles[:3].copy()
    profiles[1] = np.nan
    told = scores_of(bundle, profiles)
    assert told[1] == ()
    assert all(len(told[k]) == len(score_names(bundle)) for k in (0, 2))


def test_models_asked_for_come_in_their_order_without_reasons(bundle: Bundle) -> None:
    first = next(iter(bundle.models))
    told = scores_of(bundle, bundle.customers.profiles[:2], ["value_90d", first], why=False)
    assert [[s.model for s in row] for row in told] == [[first, "value_90d"]] * 2
    assert all(s.reasons == () for row in told for s in row)


def test_a_model_that_is_not_there_is_named(bundle: Bundle) -> None:
    with pytest.raises(SettingError, match="no model 'chrun'") as raised:
        scores_of(bundle, bundle.customers.profiles[:1], ["chrun"])
    assert "churn" in raised.value.remedy
