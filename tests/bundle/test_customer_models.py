"""Any customer model is read back as it was written, and nothing else is ever made."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from bundle.contents import BundleParts, condition_columns
from bundle.customer_models import KINDS, read_model, write_model
from bundle.files import DEFAULTS, read_bundle
from bundle.models import ScoringModel
from decisioning.calibration import CalibrationCurve, CalibrationTable
from decisioning.customers.linear import Design
from decisioning.customers.logistic import LogisticModel
from decisioning.estimates import Amount
from features.errors import BundleError
from tests.bundle.support import COLUMNS, make_parts, train_trees, write

NAMES = ("orders_90d", "spend_90d")
CURVE = CalibrationCurve(np.array([0.9, 1.1, -0.2]), np.eye(3) * 0.01)
TABLE = CalibrationTable(np.array([0.0, 0.5]), np.array([2.0, 9.0]), np.array([30.0, 20.0]))


def logistic(calibration: CalibrationCurve | CalibrationTable) -> LogisticModel:
    two, three = np.array([0.5, 1.0]), np.array([0, 0, 1])
    design = Design(
        NAMES, two, two - 9, two + 9, three, three, np.zeros(3), np.zeros(3), np.ones(3)
    )
    return LogisticModel(design, np.array([0.1, 1.0, -2.0, 0.5]), calibration)


@dataclass(frozen=True)
class Spend:
    """An amount, to stand for whatever a shop's value model is."""

    columns: tuple[str, ...]
    factor: float

    def predict(self, x: np.ndarray) -> Amount:
        mean = x[:, 0] * self.factor
        return Amount(mean, mean - 1.0, mean + 1.0)


@pytest.fixture
def spend(monkeypatch: pytest.MonkeyPatch) -> Spend:
    monkeypatch.setitem(KINDS, "Spend", Spend)
    return Spend(("spend_90d",), 2.0)


@pytest.mark.parametrize(
    "model",
    [
        logistic(CURVE),
        logistic(TABLE),
        ScoringModel(NAMES, train_trees(list(NAMES), "binary", 1), CURVE),
        ScoringModel(NAMES, train_trees(list(NAMES), "binary", 2), TABLE),
    ],
    ids=["logistic curve", "logistic table", "trees curve", "trees table"],
)
def test_read_back_it_says_the_same(tmp_path: Path, model: ScoringModel | LogisticModel) -> None:
    write_model(tmp_path, "m", model)
    read = read_model(tmp_path, "m")
    x = np.random.default_rng(1).normal(size=(90, 2))
    x[4] = np.nan
    assert type(read) is type(model)
    assert type(read.calibration) is type(model.calibration)
    assert read.columns == model.columns
    for part in ("mean", "low", "high", "strength"):
        np.testing.assert_array_equal(
            getattr(read.predict(x), part), getattr(model.predict(x), part)
        )
    assert np.isnan(read.predict(x).mean[4])


def test_a_class_that_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a Spend cannot be kept"):
        write_model(tmp_path, "m", Spend(("spend_90d",), 2.0))


def test_a_class_that_this_version_does_not_know_is_refused(
    tmp_path: Path, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(tmp_path, "m", spend)
    monkeypatch.delitem(KINDS, "Spend")
    with pytest.raises(BundleError, match="model m holds a Spend; this version knows ScoringModel"):
        read_model(tmp_path, "m")


@pytest.mark.parametrize("damage", [b"", b"PK", b"no zip at all"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    write_model(tmp_path, "m", logistic(CURVE))
    (tmp_path / "arrays/customer_m.npz").write_bytes(damage)
    with pytest.raises(BundleError, match=r"customer_m.npz in the bundle is damaged"):
        read_model(tmp_path, "m")


def test_a_file_without_a_part_is_refused(tmp_path: Path) -> None:
    write_model(tmp_path, "m", logistic(CURVE))
    path = tmp_path / "arrays/customer_m.npz"
    with np.load(path) as held:
        kept = {k: held[k] for k in held.files if not k.startswith("calibration")}
    np.savez(path, **kept)
    with pytest.raises(BundleError, match="calibration"):
        read_model(tmp_path, "m")


def test_a_bundle_holds_amounts_and_conditions_read_them(tmp_path: Path, spend: Spend) -> None:
    parts: BundleParts = replace(make_parts(), amounts={"value_90d": spend})
    own = tmp_path / "own"
    own.mkdir()
    text = (DEFAULTS / "actions.yaml").read_text(encoding="utf-8")
    asked = text.replace("orders_365d >= 1", "value_90d > 100 and orders_365d >= 1")
    assert asked != text
    (own / "actions.yaml").write_text(asked, encoding="utf-8")
    write(tmp_path / "bundle", parts, own)
    bundle = read_bundle(tmp_path / "bundle")
    assert bundle.manifest.amounts == {"value_90d": ["spend_90d"]}
    said = bundle.said_amounts(bundle.customers.profiles)["value_90d"]
    at = bundle.column_positions["spend_90d"]
    np.testing.assert_array_equal(said.mean, bundle.customers.profiles[:, at] * 2.0)
    assert (said.low < said.high).all()


def test_an_amount_made_of_a_protected_column_is_tagged() -> None:
    columns = [*COLUMNS, {"name": "x", "purpose": "personalisation", "protected": True}]
    names = condition_columns(columns, {}, {"value": Spend(("x",), 1.0)})
    assert "value" in names
    assert "x" in names.protected["value"]
