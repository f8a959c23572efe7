"""What knows the outcome is named; what is honest passes, however telling."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.definitions import FAMILIES, UNPROTECTED
from features.errors import LeakError
from features.registry import Family, Feature, Relation
from tests.integration.village import DAY, END, Village
from training.consents import Statement, bind_current_consents
from training.customer_models import fit_customer_models
from training.models.classifier import BoostedClassifier
from training.models.labels.rows import LabelledRows, customer_view
from training.models.labels.windows import Spacing
from training.models.leaks import Told, check_leaks, view_of_the_day_before, what_columns_tell
from training.models.priors import tallies
from training.models.tasks import CustomerModelsConfig

Open = Callable[..., DuckDBPyConnection]
SMALL = CustomerModelsConfig(
    spacing=Spacing(train=2, step_days=20),
    categories=0,
    estimator=BoostedClassifier(rounds=20),
    purchase_estimator=BoostedClassifier(rounds=20),
    response_estimator=BoostedClassifier(rounds=20),
)
WHEN = "t.purchased_at >= c.as_of and t.purchased_at < c.as_of + 3 * 86400"


def planted(where: str) -> Family:
    """A family with one column, ``planted``: purchases of a window around ``as_of``."""
    sql = f"select t.customer_id, c.as_of, 1 as one from purchases t join cutoffs c on {where}"
    column = Feature(
        "planted", "peeked", "transactions", "sum(one)", "count", "personalisation", "", "x", (), 0
    )
    return Family("planted", (Relation("peeked", sql),), (column,))


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], CustomerModelsConfig]:
    def plant(where: str) -> CustomerModelsConfig:
        monkeypatch.setattr("features.snapshot.FAMILIES", (*FAMILIES, planted(where)))
        return replace(SMALL, columns=(*UNPROTECTED, "planted"))

    return plant


def test_a_column_from_the_outcome_window_fails_the_run_with_its_name(
    plain: Open, plant: Callable[[str], CustomerModelsConfig]
) -> None:
    config = plant(WHEN)
    with pytest.raises(LeakError, match=r"Column planted of churn .* one day earlier") as caught:
        fit_customer_models(plain(Village()), END, config, honour_consents=True, seed=1)
    assert caught.value.column == "planted"
    assert "as_of" in caught.value.remedy


def test_the_honest_columns_pass(plain: Open, plant: Callable[[str], CustomerModelsConfig]) -> None:
    """Among them the like of the planted one, of the days before."""
    config = plant("t.purchased_at < c.as_of and t.purchased_at >= c.as_of - 9 * 86400")
    fitted = fit_customer_models(plain(Village()), END, config, honour_consents=True, seed=1)
    assert {"churn", "campaign_type_a"} <= set(fitted.models)
    assert set(fitted.unfitted) == {
        "campaign_type_b", "contract_churn", "service_contact", "nps_detractor",
        "csat_dissatisfied",
    }  # fmt: skip
    assert "rarer outcome" in fitted.unfitted["service_contact"]
    assert set(fitted.for_bundle) == set(fitted.models)
    assert fitted.metrics["churn_horizon_days"] == SMALL.churn_days
    assert "campaign_type_a_horizon_days" not in fitted.metrics
    assert "service_contact_horizon_days" not in fitted.metrics, "it was not fitted"
    assert fitted.metrics["churn_over_rfm_auc_n"] == fitted.models["churn"].y.size
    assert {row["model"] for row in fitted.table()} == set(fitted.models)
    assert {t.action_id: t.kind for t in tallies(fitted.answers, {"campaign_type_a": "offer"})} == {
        "campaign_type_a": "offer"
    }


def test_the_day_before_knows_nothing_of_the_day(plain: Open) -> None:
    """Rebuilt from the rows that stood, it is what a view made then was."""
    con = plain(Village())
    at = END - 30 * DAY
    rebuilt = view_of_the_day_before(con, at, honour_consents=True)
    then = customer_view(con, [at - DAY], honour_consents=True)
    pd.testing.assert_frame_equal(rebuilt, then)
    assert con.execute("select count(*) from purchases").fetchone() > (0,)
    again = view_of_the_day_before(con, at, honour_consents=True)
    pd.testing.assert_frame_equal(again, then)


def test_consents_of_today_bind_in_the_rebuilt_view(plain: Open) -> None:
    """They live beside a temporary table, which another connection misses."""
    con = plain(Village())
    withdrawn = Statement("c150", "analytics", "any", "withdrawn", END - DAY, None)
    bind_current_consents(con, [withdrawn], END)
    con.execute("create temp table service_contacts as select * from service_contacts limit 0")
    rebuilt = view_of_the_day_before(con, END - 30 * DAY, honour_consents=True)
    assert "c150" not in set(rebuilt["customer_id"])
    assert {"c149", "c151"} <= set(rebuilt["customer_id"])


def rows(y: np.ndarray, **columns: np.ndarray) -> LabelledRows:
    ids = [f"c{k:04d}" for k in range(y.size)]
    return LabelledRows(pd.DataFrame({"customer_id": ids, "as_of": 0, "label": y, **columns}))


def test_what_a_column_tells_now_and_a_day_earlier() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(3000) < 0.3).astype(float)
    honest = -y + rng.normal(0, 1, 3000)
    sparse = np.where(rng.random(3000) < 0.5, np.nan, y)
    test = rows(y, honest=honest, leak=y + rng.normal(0, 1, 3000), sparse=sparse)
    earlier = test.frame.assign(
        leak=rng.normal(size=3000), honest=honest + rng.normal(0, 0.3, 3000)
    )
    told = {t.column: t for t in what_columns_tell(test, earlier, ("honest", "leak", "sparse"))}
    assert told["honest"].auc == pytest.approx(0.78, abs=0.02), "whichever way it runs"
    assert told["honest"].kept > 0.85
    assert abs(told["leak"].kept) < 0.15
    assert told["sparse"].auc == pytest.approx(0.67, abs=0.06)
    with pytest.raises(LeakError, match="Column leak of m"):
        check_leaks("m", list(told.values()))
    check_leaks("m", [told["honest"], told["sparse"]])
    assert what_columns_tell(rows(np.zeros(9), honest=honest[:9]), earlier, ("honest",)) == ()


def test_a_column_that_tells_everything_fails_though_it_is_old() -> None:
    with pytest.raises(LeakError, match=r"Column closed alone .* AUC 0\.995") as caught:
        check_leaks("churn", [Told("fine", 0.9, 0.88, 0.9), Told("closed", 0.995, 0.98, 0.995)])
    assert caught.value.column == "closed"


def test_without_an_earlier_view_a_column_is_judged_alone() -> None:
    rng = np.random.default_rng(2)
    y = (rng.random(2000) < 0.3).astype(float)
    test = rows(y, fine=y + rng.normal(0, 1, 2000), leak=y + rng.normal(0, 0.1, 2000))
    told = what_columns_tell(test, None, ("fine", "leak"))
    assert [t.kept for t in told] == [1.0, 1.0]
    with pytest.raises(LeakError, match="Column leak alone"):
        check_leaks("response", told)


def test_few_rows_accuse_nobody() -> None:
    """A lone column parts eight customers perfectly by chance easily enough."""
    y = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])
    test = rows(y, lucky=y + np.linspace(0, 0.5, 8))
    told = what_columns_tell(test, test.frame.assign(lucky=np.zeros(8)), ("lucky",))
    assert told[0].auc == 1.0
    check_leaks("m", [replace(told[0], low=0.5 + 0.01)])
