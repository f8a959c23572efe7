"""Labels of satisfaction against a plain reading of the answers."""

from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from tests.integration.village import DAY, END, Village
from training.models.labels.answers import (
    DETRACTOR,
    DISSATISFIED,
    MIN_ANSWERS,
    Question,
    label_answers,
    lacking_answers,
)
from training.models.labels.rows import customer_view

AT = END - 50 * DAY
SAID = [
    # customer, metric, score, days after the moment
    ("c000", "nps", 6, 0.0), ("c001", "nps", 7, 3.0), ("c002", "nps", 0, -1.0),
    ("c003", "nps", 0, 10.0), ("c004", "csat", 1, 2.0), ("c005", "nps", 9, 1.0),
    ("c005", "nps", 1, 4.0), ("c006", "csat", 2, 5.0), ("c007", "csat", 3, 5.0),
]  # fmt: skip


def answers(said: list[tuple[str, str, int, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(said, columns=["customer_id", "metric", "score", "days"])
    frame["answered_at"] = (AT + frame.pop("days") * DAY).astype("int64")
    return frame.assign(feedback_id=[f"f{k}" for k in range(len(frame))])


@pytest.fixture(scope="module")
def opened(plain: Callable[..., DuckDBPyConnection]) -> DuckDBPyConnection:
    return plain(Village())


@pytest.fixture(scope="module")
def view(opened: DuckDBPyConnection) -> pd.DataFrame:
    return customer_view(opened, [AT], honour_consents=False)


@pytest.fixture
def con(opened: DuckDBPyConnection, view: pd.DataFrame) -> Iterator[DuckDBPyConnection]:
    con = opened
    con.register("said", answers(SAID))
    con.execute("create temp table feedback as select * from said")
    yield con
    con.execute("drop table temp.feedback")


@pytest.mark.parametrize(
    ("question", "gap_days", "expected"),
    [
        # c002 spoke before, c003 when the window had ended; of c005 the first answer counts.
        (DETRACTOR, 0, {"c000": 1.0, "c001": 0.0, "c005": 0.0}),
        (DETRACTOR, 2, {"c001": 0.0, "c003": 1.0, "c005": 1.0}),
        (DISSATISFIED, 0, {"c004": 1.0, "c006": 1.0, "c007": 0.0}),
    ],
)
def test_who_answers_in_the_window(
    con: DuckDBPyConnection,
    view: pd.DataFrame,
    question: Question,
    gap_days: int,
    expected: dict[str, float],
) -> None:
    frame = label_answers(con, view, question, 10 * DAY, gap_days * DAY).frame
    assert dict(zip(frame["customer_id"], frame["label"], strict=True)) == expected
    assert set(frame["as_of"]) == {AT}
    assert {"orders_90d", "last_satisfaction"} <= set(frame), "what was known stands beside it"


def test_who_may_not_be_learned_from_gives_no_row(
    con: DuckDBPyConnection, view: pd.DataFrame
) -> None:
    frame = label_answers(con, view[view["customer_id"] != "c000"], DETRACTOR, 10 * DAY).frame
    assert set(frame["customer_id"]) == {"c001", "c005"}


def test_what_is_missing_is_said(con: DuckDBPyConnection) -> None:
    assert lacking_answers(con, DETRACTOR, END) == (
        "too few nps answers: 6, of which 4 of 6 or less; 60 of those and 60 others are needed"
    )
    many = [(f"c{k:03d}", "nps", 9 * (k % 2), k / 100) for k in range(2 * MIN_ANSWERS)]
    con.execute("drop table temp.feedback")
    con.register("more", answers(many))
    con.execute("create temp table feedback as select * from more")
    assert lacking_answers(con, DETRACTOR, END) == ""
    assert "119, of which 60" in lacking_answers(con, DETRACTOR, int(AT + 1.19 * DAY))
    assert "too few csat answers: 0" in lacking_answers(con, DISSATISFIED, END)
