"""Scores forward in time: blind to what comes later, learned from those who allow it."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from features.derived import COMMENT_SCORE_COLUMNS
from features.ingest import ingest
from features.sources.base import Portion
from features.tables import comment_scores_path, open_tables
from tests.training.experience.support import DAY, START, granted, opened, table
from tests.training.experience.wording import written
from training.consents import Statement
from training.experience.evidence import load_comments
from training.experience.score_files import read_comment_report, update_comment_scores
from training.experience.scoring import PERIOD, ScoredComments, score_comments
from training.experience.sentiment import load_sentiment

CUSTOMERS = [f"c{k}" for k in range(40)]
Frames = dict[str, pd.DataFrame]


def said(n: int = 700, seed: int = 1, days: int = 300) -> Frames:
    """Feedback and contacts of ``days`` days, in two languages, and some mentions."""
    rng = np.random.default_rng(seed)
    comments, good = zip(*(written(name, n, seed) for name in ("english", "french")), strict=True)
    french = rng.random(n) < 0.3
    words = np.where(french, *comments[::-1])
    mood = np.where(french, *good[::-1])
    at = START + np.sort(rng.integers(0, days * DAY, n))
    kind = np.where(rng.random(n) < 0.8, "feedback", "contact")
    rows = list(zip(words, mood, at, kind, rng.choice(CUSTOMERS, n), range(n), strict=True))
    return {
        "consents": granted(CUSTOMERS),
        "feedback": table(
            "feedback_id customer_id metric score comment answered_at",
            [(f"f{k}", c, "nps", 9 if m else 3, w, int(a))
             for w, m, a, kind, c, k in rows if kind == "feedback"],
        ),
        "service_contacts": table(
            "contact_id customer_id opened_at comment",
            [(f"t{k}", c, int(a), w) for w, _, a, kind, c, k in rows if kind == "contact"],
        ),
        "social_mentions": table(
            "mention_id identifier posted_at text",
            [(f"m{k}", "someone", int(a), w) for w, _, a, _, _, k in rows[::10]],
        ),
    }  # fmt: skip


def scored(frames: Frames, *, honour_consents: bool = True) -> ScoredComments:
    return score_comments(opened(frames), honour_consents=honour_consents)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return said()


@pytest.fixture(scope="module")
def scores(frames: Frames) -> ScoredComments:
    return scored(frames)


def joined(frames: Frames, *more: Frames) -> Frames:
    return {
        name: pd.concat([frame, *(other[name] for other in more if name in other)])
        for name, frame in frames.items()
    }


def test_comments_are_scored_by_the_past(frames: Frames, scores: ScoredComments) -> None:
    rows = scores.table.to_pandas()
    assert dict(zip(scores.table.schema.names, COMMENT_SCORE_COLUMNS, strict=True)) == {
        name: name for name in COMMENT_SCORE_COLUMNS
    }
    assert set(rows["table_name"]) == {"feedback", "service_contacts", "social_mentions"}
    answers = rows[rows["table_name"] == "feedback"].merge(
        frames["feedback"], left_on="row_id", right_on="feedback_id"
    )
    right = (answers["sentiment"] > 0.5) == (answers["score"] == 9)
    assert right.mean() > 0.9
    assert 2 <= scores.fits <= 6


def test_nothing_is_scored_before_there_is_enough(scores: ScoredComments, frames: Frames) -> None:
    first = scores.table["written_at"].to_pylist()[0]
    start = first // PERIOD * PERIOD
    assert (frames["feedback"]["answered_at"] < start).sum() >= 200
    assert (frames["feedback"]["answered_at"] < start - PERIOD).sum() < 200


def test_rows_are_in_the_order_of_writing_and_unique(scores: ScoredComments) -> None:
    rows = scores.table.to_pandas()
    keys = rows[["written_at", "table_name", "row_id"]]
    assert keys.equals(keys.sort_values(list(keys), ignore_index=True))
    assert not rows.duplicated(["table_name", "row_id"]).any()
    assert rows["sentiment"].between(0, 1).all()


def test_the_same_tables_give_the_same_scores(frames: Frames, scores: ScoredComments) -> None:
    shuffled = {n: f.sample(frac=1, random_state=0) for n, f in frames.items()}
    assert scored(shuffled).table.equals(scores.table)


@pytest.fixture(scope="module")
def fewer() -> tuple[Frames, pd.DataFrame]:
    frames = said(n=420)
    return frames, scored(frames).table.to_pandas()


LATER = st.fixed_dictionaries(
    {
        "n": st.integers(1, 300),
        "seed": st.integers(0, 10_000),
        "from_day": st.integers(220, 320),
        "inverted": st.booleans(),
        "noise": st.text(st.characters(blacklist_categories=["Cs"]), max_size=20),
        "withdrawn": st.integers(0, 20),
    }
)


@given(LATER)
@settings(max_examples=8, deadline=None)
def test_later_rows_change_no_earlier_score(
    fewer: tuple[Frames, pd.DataFrame], later: dict
) -> None:
    cut = START + later["from_day"] * DAY
    frames, before = fewer
    shift = {"answered_at": "f", "opened_at": "t", "posted_at": "m"}
    more = said(n=later["n"], seed=later["seed"])
    for frame in more.values():
        for column, prefix in shift.items():
            if column in frame:
                frame[column] = cut + (frame[column] - START)
                frame[frame.columns[0]] = prefix + "x" + frame[frame.columns[0]]
    if later["inverted"]:
        more["feedback"]["score"] = 9 - more["feedback"]["score"]
    more["feedback"].loc[:5, "comment"] = later["noise"]
    more["consents"] = table(
        "customer_id purpose channel status recorded_at",
        [(c, "analytics", "any", "withdrawn", cut) for c in CUSTOMERS[: later["withdrawn"]]],
    )
    after = scored(joined(frames, more)).table.to_pandas()
    before, after = (rows[rows["written_at"] < cut] for rows in (before, after))
    assert len(before) > 0
    pd.testing.assert_frame_equal(
        before.reset_index(drop=True), after.reset_index(drop=True), check_exact=True
    )


def test_who_refuses_analytics_teaches_nothing(frames: Frames) -> None:
    """Those who refuse answer upside down: had they taught, the others' scores would differ."""
    refusers = CUSTOMERS[:12]
    kept = {**frames, "consents": granted(CUSTOMERS, refusing=dict.fromkeys(refusers, "analytics"))}
    theirs = kept["feedback"]["customer_id"].isin(refusers)
    liars = kept["feedback"].assign(
        score=kept["feedback"]["score"].where(~theirs, 12 - kept["feedback"]["score"])
    )
    by = {**kept, "feedback": liars}
    assert scored(by).table.equals(scored(kept).table)
    assert not scored(by, honour_consents=False).table.equals(
        scored(kept, honour_consents=False).table
    )


def test_without_any_consent_nothing_is_learned(frames: Frames) -> None:
    silent = {name: frame for name, frame in frames.items() if name != "consents"}
    result = scored(silent)
    assert result.table.num_rows == 0
    assert result.reader is not None
    assert "too few scored comments to learn from: 0" in result.reader.sentiment.reason
    assert scored(silent, honour_consents=False).table.num_rows > 0


def test_a_withdrawal_counts_from_the_next_learning(frames: Frames, scores: ScoredComments) -> None:
    first = scores.table["written_at"].to_pylist()[0] // PERIOD * PERIOD
    gone = table(
        "customer_id purpose channel status recorded_at",
        [(c, "analytics", "any", "withdrawn", first) for c in CUSTOMERS],
    )
    rows = scored(joined(frames, {"consents": gone})).table.to_pandas()
    assert len(rows)
    assert rows["written_at"].min() >= first
    # The model of before goes on until the next is due; from then on there is none.
    assert rows["written_at"].max() < frames["feedback"]["answered_at"].max() - PERIOD


def test_middle_scores_are_read_and_teach_nothing() -> None:
    metrics = [
        ("nps", 10, True), ("nps", 9, True), ("nps", 8, None), ("nps", 7, None), ("nps", 6, False),
        ("csat", 4, True), ("csat", 3, None), ("csat", 2, False), ("stars", 5, True),
        ("stars", 3, None), ("stars", 1, False), ("ces", 7, True), ("ces", 6, True),
        ("ces", 5, None), ("ces", 4, None), ("ces", 3, False), ("nps", 0, False),
    ]  # fmt: skip
    con = opened(
        {
            "feedback": table(
                "feedback_id customer_id metric score comment answered_at",
                [(f"f{k:02d}", "c0", m, s, "ok", START + k) for k, (m, s, _) in enumerate(metrics)],
            )
        }
    )
    read = load_comments(con)["good"]
    assert [None if pd.isna(v) else bool(v) for v in read] == [good for _, _, good in metrics]


def test_no_comment_at_all() -> None:
    result = score_comments(opened({"consents": granted(CUSTOMERS)}))
    assert result.table.num_rows == 0
    assert result.reader is None
    assert result.table.schema.names == list(COMMENT_SCORE_COLUMNS)


def test_comments_with_nothing_to_read_have_no_row(frames: Frames) -> None:
    empty = table(
        "contact_id customer_id opened_at comment",
        [(f"e{k}", "c0", START + 290 * DAY, c) for k, c in enumerate(["", " ", "🦆🦆", "ಚೆ"])],
    )
    rows = scored(joined(frames, {"service_contacts": empty})).table.to_pandas()
    assert not rows["row_id"].str.startswith("e").any()


class Given:
    """A ``Source`` of frames."""

    name = "given"

    def __init__(self, frames: Frames) -> None:
        self.frames = frames

    def portions(self) -> list[Portion]:
        return [Portion("all", lambda: str(sum(map(len, self.frames.values()))), self.load)]

    def load(self, con: DuckDBPyConnection) -> None:
        for name, frame in self.frames.items():
            con.register("given", frame)
            con.execute(f"create table raw.{name} as select * from given")
            con.unregister("given")


@pytest.fixture
def ingested(tmp_path: Path, frames: Frames) -> Callable[[Frames], Path]:
    basis = {
        "products": table("item_id status", [("i0", "active")]),
        "customers": table("customer_id", [(c,) for c in CUSTOMERS]),
        "transactions": table(
            "order_id line_no customer_id item_id purchased_at quantity amount discount channel",
            [("o0", 1, "c0", "i0", START, 1, 100, 0, "shop")],
        ),
    }

    def ingested(more: Frames) -> Path:
        ingest(
            [Given({**basis, **joined(frames, more)})],
            tmp_path / "tables",
            tmp_path / "quarantine",
            as_known_at=START + 2_000 * DAY,
        )
        return tmp_path / "tables"

    return ingested


NOW = START + 2_000 * DAY


def test_update_writes_once_and_again_only_when_something_changed(
    ingested: Callable[[Frames], Path], frames: Frames, scores: ScoredComments
) -> None:
    tables = ingested({})
    report = update_comment_scores(tables, [], NOW)
    path = comment_scores_path(tables)
    first = path.read_bytes()
    assert report["updated"]
    assert report["scored"] == scores.table.num_rows
    assert duckdb.from_parquet(str(path)).to_arrow_table().equals(scores.table)
    con = open_tables(tables)
    assert con.sql("select count(*) from comment_scores").fetchall() == [(report["scored"],)]
    con.close()
    assert load_sentiment(path.with_name("sentiment.npz")).key.size > 0

    assert update_comment_scores(tables, [], NOW) == {**report, "updated": False}
    path.write_bytes(b"damaged")
    assert update_comment_scores(tables, [], NOW)["updated"]
    assert path.read_bytes() == first

    refusal = [Statement(c, "analytics", "any", "withdrawn", NOW - 1, None) for c in CUSTOMERS]
    none = update_comment_scores(tables, refusal, NOW)
    assert none["updated"]
    assert none["scored"] == 0
    assert not none["learned"]["done"]
    assert "too few scored comments" in none["learned"]["reason"]
    assert not path.with_name("sentiment.npz").exists()
    assert not list(path.parent.glob(".*"))


def test_new_rows_are_scored_after_the_next_ingest(
    ingested: Callable[[Frames], Path],
) -> None:
    before = update_comment_scores(ingested({}), [], NOW)
    late = table(
        "contact_id customer_id opened_at comment",
        [("late", "c0", START + 320 * DAY, "lovely and quick")],
    )
    tables = ingested({"service_contacts": late})
    after = update_comment_scores(tables, [], NOW)
    assert after["updated"]
    assert after["scored"] == before["scored"] + 1


def test_the_report_sums_up_topics(ingested: Callable[[Frames], Path]) -> None:
    tables = ingested({})
    update_comment_scores(tables, [], NOW)
    report = read_comment_report(tables)
    assert report is not None
    assert report["learned"]["done"]
    assert 0.9 < report["learned"]["auc"] <= 1
    assert report["topics"]["done"] or report["topics"]["reason"]
    if report["about"]:
        assert sum(topic["share"] for topic in report["about"]) == pytest.approx(1, abs=1e-3)
        assert [t["n"] for t in report["about"]] == sorted(
            (t["n"] for t in report["about"]), reverse=True
        )
    json.dumps(report, allow_nan=False)


@pytest.mark.parametrize("content", ["", "[]", "{}", "no json"])
def test_a_damaged_report_is_as_none(tmp_path: Path, content: str) -> None:
    path = comment_scores_path(tmp_path).with_name("comments.json")
    assert read_comment_report(tmp_path) is None
    path.parent.mkdir()
    path.write_text(content)
    assert read_comment_report(tmp_path) is None
