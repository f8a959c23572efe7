"""Which canonical columns a feature is made of: by the SQL, and by what changes when they do."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.definitions import FEATURES
from features.derived import COMMENT_SCORES
from features.lineage import feature_sources, read_columns
from features.registry import Family, Feature, Relation
from features.schemas import TABLES
from features.snapshot import build_snapshot, feature_names

Open = Callable[[Mapping[str, pd.DataFrame]], DuckDBPyConnection]
MOMENT = 1_600_000_000 + 300 * 86_400


def made_of(relation: str, expression: str, *before: Relation) -> frozenset[tuple[str, str]]:
    feature = Feature("x", "rows", "events", expression, "count", "personalisation", "", "")
    family = Family("test", (*before, Relation("rows", relation)), (feature,))
    return feature_sources((family,))["x"]


def test_a_projected_column_counts_where_it_is_used():
    select = "select t.customer_id, c.as_of, t.amount as a, t.discount as d from {} t, cutoffs c"
    found = made_of(select.format("transactions"), "sum(a)")
    assert found == {("transactions", "customer_id"), ("transactions", "amount")}


def test_a_filter_is_a_use():
    select = (
        "select f.customer_id, c.as_of, f.score from feedback f"
        " join cutoffs c on f.answered_at < c.as_of where f.metric = 'nps'"
    )
    used = {column for _, column in made_of(select, "count(*)")}
    assert used == {"customer_id", "answered_at", "metric"}


def test_a_view_stands_for_its_table():
    found = made_of("select customer_id, 1 as as_of from purchases", "count(*)")
    assert found == {("transactions", "customer_id"), ("transactions", "line_type")}


def test_subqueries_unions_and_relations_before_are_followed():
    first = Relation(
        "said",
        "select customer_id, answered_at as at from feedback"
        " union all select customer_id, opened_at from service_contacts",
    )
    select = (
        "select s.customer_id, 1 as as_of, s.at from (select * from said where at > 0) s"
        " where s.customer_id in (select customer_id from customers where country = 'FR')"
    )
    assert made_of(select, "max(at)", first) == {
        ("feedback", "customer_id"),
        ("feedback", "answered_at"),
        ("service_contacts", "customer_id"),
        ("service_contacts", "opened_at"),
        ("customers", "customer_id"),
        ("customers", "country"),
    }


def test_links_stand_for_what_identity_reads():
    found = made_of(
        "select l.customer_id, l.as_of from links l join events e on l.value = e.visitor_id",
        "count(*)",
    )
    assert ("identifiers", "value") in found
    assert ("events", "visitor_id") in found
    assert ("identifiers", "source") not in found


@pytest.mark.parametrize(
    "select", ["select x from transactions", "select item_id from nowhere", "select from where"]
)
def test_what_cannot_be_traced_is_an_error(select: str):
    with pytest.raises(ValueError, match=r"traced|nowhere|canonical"):
        read_columns(select)


def test_every_feature_is_made_of_something_in_the_table_it_names():
    for feature in FEATURES:
        sources = feature_sources()[feature.name]
        tables = {table for table, _ in sources}
        # Scores of comments are read off the comments of several tables.
        named = {"feedback"} if feature.source == COMMENT_SCORES else {feature.source}
        assert named <= tables, feature.name
        assert all(column in TABLES[table].names for table, column in sources)


CHANGED = {
    ("transactions", "discount"): lambda v: v + 7,
    ("transactions", "channel"): lambda v: "web",
    ("transactions", "payment_method"): lambda v: "cash",
    ("products", "category_path"): lambda v: v + " > more",
    ("products", "name"): lambda v: "thing",
    ("events", "device"): lambda v: "tablet",
    ("events", "query"): lambda v: "socks",
    ("stock_levels", "quantity"): lambda v: v + (v > 0),
    ("feedback", "score"): lambda v: 6 - v,
    ("feedback", "touchpoint"): lambda v: "web",
    ("service_contacts", "closed_at"): lambda v: v + 86_400,
    ("service_contacts", "topic"): lambda v: "else",
    ("customers", "age_band"): lambda v: "35-44",
    ("third_party", "value"): lambda v: "4",
    ("third_party", "expires_at"): lambda v: v - 86_400,
    ("exposures", "action_id"): lambda v: "call",
    ("outcomes", "outcome"): lambda v: "rejected",
}


@pytest.fixture(scope="module")
def before(opened: Open, shop: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return snapshot(opened, shop)


def snapshot(opened: Open, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    con = opened(frames)
    found = build_snapshot(con, [MOMENT], honour_consents=False).to_pandas()
    con.close()
    return found


@pytest.mark.parametrize("part", range(4))
def test_features_change_only_with_what_they_are_made_of(
    opened: Open, shop: Mapping[str, pd.DataFrame], before: pd.DataFrame, part: int
):
    """The data tell whether the tracing of the SQL has missed anything."""
    sources = list(CHANGED)[part::4]
    frames = dict(shop)
    for table, column in sources:
        frame = frames[table].copy()
        values = frame[column] if column in frame else pd.Series(None, frame.index, dtype=object)
        frame[column] = CHANGED[table, column](values)
        frames[table] = frame
    after = snapshot(opened, frames)
    changed = {name for name in feature_names() if not before[name].equals(after[name])}
    made = {name for name, found in feature_sources().items() if found & set(sources)}
    assert changed
    assert changed <= made
