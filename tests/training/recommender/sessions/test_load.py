"""Sessions from events: whose are learned from, in which order; orders where there are none."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from decisioning.recommender.histories import Histories
from decisioning.recommender.sessions.slates import blend, session_slates
from features.ingest import ingest
from features.sources.base import Portion, Source
from features.tables import open_tables
from tests.integration.village import END, NOW, START, Village
from tests.training.support import Consents
from training.recommender.interactions import Interactions, load_interactions
from training.recommender.sessions.fit import SessionConfig
from training.recommender.sessions.load import (
    SessionSource,
    event_sessions,
    load_sessions,
    order_sessions,
    sessions_of,
)
from training.recommender.sessions.ranker import SessionRankerConfig
from training.recommender.sessions.train import SessionTraining, train_sessions

CUT = END - 60 * 86_400
ANY = SessionSource(fewest=1)
COLUMNS = ["visitor_id", "session_id", "occurred_at", "event_type", "item_id", "weight"]
MANY = CUT + 10_000
Click = tuple[str, str, int, str, str | None, float | None]


@dataclass(frozen=True)
class Clicks:
    """A ``Source`` of events and of whose cookies they are."""

    name: str = "clicks"

    def portions(self) -> Sequence[Portion]:
        return (Portion("all", self.fingerprint, self.load),)

    def fingerprint(self) -> str:
        return hashlib.sha256(repr((events(), cookies())).encode()).hexdigest()

    def load(self, con: DuckDBPyConnection) -> None:
        rows = pd.DataFrame(events(), columns=COLUMNS)
        rows["event_id"] = [f"e{k:04d}" for k in range(len(rows))]
        whose = pd.DataFrame(cookies(), columns=["value", "customer_id", "observed_at"])
        for name, frame in (
            ("events", rows),
            ("identifiers", whose.assign(identifier_type="cookie")),
        ):
            con.register("drawn", frame)
            con.execute(f"create or replace table raw.{name} as select * from drawn")
            con.unregister("drawn")


def cookies() -> list[tuple[str, str, int]]:
    return [
        ("mine", "c000", START),
        ("refuser's", "c001", START),
        ("of two", "c002", START),
        ("of two", "c003", START),
        ("told later", "c004", CUT + 1),
    ]


def events() -> list[Click]:
    """One session a visitor and more of ``mine``; the weights of ``a`` are told apart."""
    at = CUT - 5000
    rows: list[Click] = []
    for k, (visitor, session) in enumerate(
        [("mine", "b"), ("refuser's", "r"), ("of two", "t"), ("told later", "l"), ("nobody's", "n")]
    ):
        views = [("product_view", "i003"), ("product_view", "i004")]
        rows += [(visitor, session, at + k, kind, item, None) for kind, item in views]
    for k in range(60):
        walk = [f"i{(k + step) % 9:03d}" for step in (0, 1, 2, 0)]
        rows += [
            ("mine", f"walk{k:02d}", CUT + 200 + 9 * k + step, "product_view", item, None)
            for step, item in enumerate(walk)
        ]
    rows += [
        ("mine", "a", at - 50, "product_view", "i001", None),
        ("mine", "a", at - 40, "page_view", None, None),
        ("mine", "a", at - 35, "search", "i009", None),
        ("mine", "a", at - 30, "wishlist", "i002", 2.0),
        ("mine", "a", at - 25, "product_view", "i006", 0.0),
        ("mine", "a", at + 60, "add_to_cart", "i001", None),
        ("mine", "alone", at + 70, "product_view", "i005", None),
        ("mine", "late", CUT - 1, "product_view", "i007", None),
        ("mine", "late", CUT, "product_view", "i008", None),
        ("mine", "unsold", at + 80, "product_view", "i001", None),
        ("mine", "unsold", at + 81, "product_view", "nothing", None),
    ]
    return rows


@dataclass(frozen=True)
class Known:
    """The village as of the cut."""

    con: DuckDBPyConnection
    interactions: Interactions = field(init=False)

    def __post_init__(self) -> None:
        loaded = load_interactions(self.con, CUT, honour_consents=True)
        object.__setattr__(self, "interactions", loaded)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    home: Path = tmp_path_factory.mktemp("clicks")
    sources: list[Source] = [Village(), Clicks(), Consents(frozenset({"c001"}))]
    ingest(sources, home / "tables", home / "bad", as_known_at=NOW, max_bad=0.5)
    con = open_tables(home / "tables")
    yield Known(con)
    con.close()


def named(known: Known, histories: Histories) -> list[list[str]]:
    ids = known.interactions.items.ids
    return [
        [ids[item] for item in histories.of(np.array([row])).item]
        for row in range(histories.n_subjects)
    ]


def test_only_what_customers_who_train_did_before_the_moment(known: Known) -> None:
    found = event_sessions(known.con, known.interactions, CUT, ANY)
    # By the end of the session: b before a, whose cart came last.
    assert named(known, found) == [["i003", "i004"], ["i001", "i002", "i001"]]
    assert found.age.tolist() == [1, 0, 2, 1, 0]
    assert found.weight.tolist() == [1, 1, 1, 3, 2]


def test_a_later_moment_knows_more(known: Known) -> None:
    later = load_interactions(known.con, CUT + 100, honour_consents=True)
    found = event_sessions(known.con, later, CUT + 100, ANY)
    assert found.n_subjects == 4  # the late one, and the one whose cookie was told later


def test_a_refusal_binds_where_consents_are_honoured(known: Known) -> None:
    heedless = load_interactions(known.con, CUT, honour_consents=False)
    assert event_sessions(known.con, heedless, CUT, ANY).n_subjects == 3


def test_weights_and_length_are_the_source_s(known: Known) -> None:
    views = SessionSource({"product_view": 0.5}, fewest=1, longest=1)
    found = event_sessions(known.con, known.interactions, CUT, views)
    assert named(known, found) == [["i004"]]
    assert found.weight.tolist() == [0.5]
    none = event_sessions(known.con, known.interactions, CUT, SessionSource({}, fewest=1))
    assert none.n_subjects == 0


def test_orders_stand_in_where_events_are_few(known: Known) -> None:
    assert load_sessions(known.con, known.interactions, CUT, ANY).ordered
    loaded = load_sessions(known.con, known.interactions, CUT, SessionSource(fewest=3))
    assert not loaded.ordered
    data = known.interactions
    held: dict[int, tuple[int, set[int]]] = {}
    moments = data.at
    for k in np.flatnonzero(data.before(CUT) & data.trains[data.customer]):
        held.setdefault(data.order[k], (moments[k], set()))[1].add(int(data.item[k]))
    expected = sorted((at, sorted(items)) for at, items in held.values() if len(items) >= 2)
    found = [
        sorted(loaded.histories.of(np.array([row])).item.tolist())
        for row in range(loaded.histories.n_subjects)
    ]
    assert sorted(found) == sorted(items for _, items in expected)
    times = {tuple(items): at for at, items in expected}
    assert len(times) < len(expected) or [times[tuple(s)] for s in found] == sorted(times.values())


def test_who_trains_nothing_has_no_order(known: Known) -> None:
    nobody = replace(known.interactions, trains=np.zeros_like(known.interactions.trains))
    assert order_sessions(nobody, CUT, ANY).n_subjects == 0
    assert event_sessions(known.con, nobody, CUT, ANY).n_subjects == 0


def test_sessions_stand_by_their_last_event() -> None:
    session = np.array([0, 1, 2, 1, 0, 3, 3, 3])
    found = sessions_of(session, np.arange(8), np.ones(8), 9, longest=2)
    assert found.pointer.tolist() == [0, 2, 4, 6]
    assert found.item.tolist() == [1, 3, 0, 4, 6, 7]
    assert found.age.tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("fewest", "labels", "learned"), [(1, 1, True), (1, 10**9, False), (10**9, 1, False)]
)
def test_what_is_trained_serves_a_visitor(
    known: Known, fewest: int, labels: int, learned: bool
) -> None:
    training = SessionTraining(
        source=SessionSource(fewest=fewest),
        models=SessionConfig(dimensions=4),
        ranker=SessionRankerConfig(share=0.3, fewest_labels=labels, trees=2, min_leaf=1, threads=1),
    )
    data = load_interactions(known.con, MANY, honour_consents=True)
    trained = train_sessions(known.con, data, MANY, training)
    assert (trained.ranker is not None) == learned
    told = order_sessions(data, MANY, ANY).of(np.array([0]))
    open_ = np.ones((1, told.n_items), dtype=np.bool_)
    slates = session_slates(trained.model, told, open_, 5, trained.ranker or blend)
    assert slates.item[0, 0] >= 0
    assert trained.sessions == (
        load_sessions(known.con, data, MANY, training.source).histories.n_subjects
    )
