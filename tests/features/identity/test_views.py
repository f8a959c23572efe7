"""Tables seen through a merge, and consent across certain and likely links."""

from collections.abc import Callable

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.columns import CUSTOMER_ID
from features.identity import Merged, MergeGroup, merge_groups, resolved_views
from features.links import lay_links
from features.schemas import TABLES

Frames = dict[str, pd.DataFrame]
ONE = [Merged("c03", "c01", "c01"), Merged("c04", "c01", "c01")]
NAMING = sorted(t.name for t in TABLES.values() if CUSTOMER_ID in t.names)


@pytest.fixture
def shop_con(opened: Callable[[Frames], DuckDBPyConnection], shop: Frames) -> DuckDBPyConnection:
    return opened(shop)


def rows(con: DuckDBPyConnection, name: str) -> list[tuple[object, ...]]:
    return con.execute(f"select * from {name} order by all").fetchall()


@pytest.mark.parametrize(
    "name", [n for n in NAMING if n not in ("customers", "identifiers")] + ["purchases"]
)
def test_every_row_of_a_merged_customer_bears_the_standing_id(
    shop_con: DuckDBPyConnection, name: str
) -> None:
    before = rows(shop_con, name)
    place = shop_con.sql(f"from {name}").columns.index(CUSTOMER_ID)
    moved = {"c03": "c01", "c04": "c01"}
    expected = [
        (*row[:place], moved.get(str(row[place]), row[place]), *row[place + 1 :]) for row in before
    ]
    with resolved_views(shop_con, ONE):
        seen = rows(shop_con, name)
    assert sorted(seen, key=repr) == sorted(expected, key=repr)
    assert rows(shop_con, name) == before


def test_identifiers_stay_as_they_were_observed(shop_con: DuckDBPyConnection) -> None:
    before = rows(shop_con, "identifiers")
    with resolved_views(shop_con, ONE):
        assert rows(shop_con, "identifiers") == before


def test_a_person_has_one_row_among_the_customers(con: DuckDBPyConnection) -> None:
    con.execute(
        "insert into customers (customer_id, signed_up_at, country, locale, kids_count, source)"
        " values ('a', 9, null, null, '1', 't'), ('b', 5, 'FR', null, '2', 't'),"
        " ('c', 3, 'DE', 'de-DE', null, 't'), ('z', null, 'IT', null, null, 't')"
    )
    query = (
        "select customer_id, signed_up_at, country, locale, kids_count from customers order by 1"
    )
    with resolved_views(con, [Merged("b", "a", "a"), Merged("c", "a", "a")]):
        seen = con.execute(query).fetchall()
    assert seen == [("a", 3, "DE", "de-DE", "1"), ("z", None, "IT", None, None)]


def test_nothing_is_created_where_nobody_was_merged(shop_con: DuckDBPyConnection) -> None:
    count = "select count(*) from duckdb_views() where schema_name = 'main' and temporary"
    before = shop_con.execute(count).fetchall()
    with resolved_views(shop_con, []):
        assert shop_con.execute(count).fetchall() == before


def test_an_error_within_leaves_the_tables_as_they_were(shop_con: DuckDBPyConnection) -> None:
    before = rows(shop_con, "purchases")
    with pytest.raises(RuntimeError, match="within"), resolved_views(shop_con, ONE):
        raise RuntimeError("within")
    assert rows(shop_con, "purchases") == before


def test_moments_are_grouped_by_who_was_merged(con: DuckDBPyConnection) -> None:
    con.execute(
        "insert into identifiers (identifier_type, value, customer_id, observed_at, relation,"
        " source) values ('email_sha256', 'e', 'A', 1, 'same', 't'),"
        " ('email_sha256', 'e', 'B', 10, 'same', 't'),"
        " ('email_sha256', 'e', 'B', 20, 'different', 't')"
    )
    moments = [5, 15, 25, 16, 5]
    lay_links(con, moments)
    assert merge_groups(con, moments) == [
        MergeGroup((5, 25), ()),
        MergeGroup((15, 16), (Merged("B", "A", "A"),)),
    ]


LIKELY = [Merged("B", "A", "B")]
CERTAIN = [Merged("B", "A", "A")]
DAY = 100
Statement = tuple[str, str, int, int | None]

CASES: list[tuple[str, list[Statement], bool, bool]] = [
    # what was said; allowed across a certain link; across a likely one
    ("nobody said anything", [], False, False),
    ("one part granted, the other is unknown", [("A", "granted", 1, None)], True, False),
    ("both granted", [("A", "granted", 1, None), ("B", "granted", 2, None)], True, True),
    ("the later one refused", [("A", "granted", 1, None), ("B", "denied", 2, None)], False, False),
    ("the earlier one refused", [("A", "denied", 1, None), ("B", "granted", 2, None)], True, False),
    ("in the same second", [("A", "denied", 2, None), ("B", "granted", 2, None)], False, False),
    (
        "a withdrawal taken back",
        [("A", "withdrawn", 1, None), ("B", "granted", 2, None), ("A", "granted", 3, None)],
        True,
        True,
    ),
    (
        "the other part's grant has ended",
        [("A", "granted", 1, DAY), ("B", "granted", 2, None)],
        True,
        False,
    ),
    (
        "one grant ends later",
        [("A", "granted", 1, DAY + 1), ("B", "granted", 2, DAY + 9)],
        True,
        True,
    ),
    ("the future", [("A", "granted", 1, None), ("B", "granted", DAY, None)], True, False),
]  # fmt: skip


def allowed(con: DuckDBPyConnection, customer: str) -> bool:
    """The rule of the snapshot, in Python: the latest statement before the moment holds."""
    found = con.execute(
        "select recorded_at, status, expires_at from consents"
        " where customer_id = ? and purpose = 'analytics' and channel = 'any' and recorded_at < ?",
        [customer, DAY],
    ).fetchall()
    if not found:
        return False
    latest = max(at for at, _, _ in found)
    return all(
        status == "granted" and (end is None or end > DAY)
        for at, status, end in found
        if at == latest
    )


@pytest.mark.parametrize(("case", "said", "certain", "likely"), CASES, ids=[c[0] for c in CASES])
def test_consent_is_one_ledger_by_certain_links_and_never_merges_by_likely_ones(
    con: DuckDBPyConnection, case: str, said: list[Statement], certain: bool, likely: bool
) -> None:
    con.execute("delete from consents")
    for customer, status, at, end in [*said, ("C", "granted", 1, None)]:
        con.execute(
            "insert into consents values (?, 'analytics', 'any', ?, ?, ?, 't')",
            [customer, status, at, end],
        )
    for merged, expected in ((CERTAIN, certain), (LIKELY, likely)):
        with resolved_views(con, merged):
            assert allowed(con, "A") is expected, case
            assert not allowed(con, "B")
            assert allowed(con, "C")


def test_a_person_of_certain_and_likely_links_asks_every_part(con: DuckDBPyConnection) -> None:
    """A and B for certain, C and D for certain, A ~ C; the latest of each part counts."""
    merged = [Merged("B", "A", "A"), Merged("C", "A", "C"), Merged("D", "A", "C")]
    for customer, status, at in [
        ("A", "denied", 1), ("B", "granted", 2), ("C", "granted", 3), ("D", "granted", 4),
    ]:  # fmt: skip
        con.execute(
            "insert into consents values (?, 'analytics', 'any', ?, ?, null, 't')",
            [customer, status, at],
        )
    with resolved_views(con, merged):
        assert allowed(con, "A")
    con.execute("insert into consents values ('D', 'analytics', 'any', 'withdrawn', 5, null, 't')")
    with resolved_views(con, merged):
        assert not allowed(con, "A")


def test_purposes_and_channels_are_kept_apart(con: DuckDBPyConnection) -> None:
    con.execute(
        "insert into consents values ('A', 'marketing', 'email', 'granted', 1, null, 't'),"
        " ('B', 'marketing', 'sms', 'granted', 2, null, 't'),"
        " ('B', 'marketing', 'email', 'granted', 3, null, 't')"
    )
    with resolved_views(con, LIKELY):
        seen = con.execute(
            "select customer_id, purpose, channel, status, recorded_at from consents"
        ).fetchall()
    assert seen == [("A", "marketing", "email", "granted", 3)]
