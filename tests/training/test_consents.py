"""A withdrawal binds the next training run, whatever date it is trained as of."""

from collections.abc import Callable

import duckdb
import pytest

from features.door import prepare
from training.consents import Statement, bind_current_consents

NOW = 1_000
Consents = Callable[..., list[tuple[str, str, int]]]


@pytest.fixture
def bound() -> Consents:
    def bound(ingested: list[tuple[object, ...]], *online: Statement) -> list[tuple[str, str, int]]:
        con = duckdb.connect()
        prepare(con)
        # Two ids of one customer: they have a card in common.
        con.execute(
            "insert into identifiers (identifier_type, value, customer_id, observed_at, source)"
            " values ('loyalty_card', 'card', 'one', 1, 'test'),"
            " ('loyalty_card', 'card', 'other', 2, 'test')"
        )
        con.execute("alter table consents rename to held")
        con.executemany("insert into held values (?, ?, ?, ?, ?, ?, 'test')", ingested)
        con.execute("create view consents as select * from held")
        bind_current_consents(con, online, NOW)
        return con.execute(
            "select customer_id, status, recorded_at from consents where purpose = 'analytics' "
            "and channel = 'any' order by all"
        ).fetchall()

    return bound


GRANTED = ("a", "analytics", "any", "granted", 100, None)


def test_a_grant_keeps_its_history(bound: Consents) -> None:
    denied_before = ("a", "analytics", "any", "denied", 50, None)
    assert bound([GRANTED, denied_before]) == [("a", "denied", 50), ("a", "granted", 100)]


def test_a_later_withdrawal_refuses_every_moment(bound: Consents) -> None:
    withdrawn = ("a", "analytics", "any", "withdrawn", 900, None)
    assert bound([GRANTED, withdrawn]) == [("a", "withdrawn", 0)]


def test_so_does_one_told_to_the_service(bound: Consents) -> None:
    told = Statement("a", "analytics", "any", "withdrawn", 900, None)
    assert bound([GRANTED], told) == [("a", "withdrawn", 0)]


def test_a_newer_grant_told_to_the_service_lifts_a_refusal(bound: Consents) -> None:
    denied = ("a", "analytics", "any", "denied", 100, None)
    told = Statement("a", "analytics", "any", "granted", 900, None)
    assert bound([denied], told) == [("a", "denied", 100)], "its own time still refuses"


def test_what_has_expired_is_refused(bound: Consents) -> None:
    assert bound([("a", "analytics", "any", "granted", 100, NOW)]) == [("a", "withdrawn", 0)]


def test_other_customers_and_purposes_stay(bound: Consents) -> None:
    others = [("b", "analytics", "any", "granted", 100, None)]
    told = Statement("a", "personalisation", "any", "withdrawn", 900, None)
    assert bound([GRANTED, *others], told) == [("a", "granted", 100), ("b", "granted", 100)]


def test_a_withdrawal_by_one_id_binds_the_others_of_the_customer(bound: Consents) -> None:
    granted = [(c, "analytics", "any", "granted", 100, None) for c in ("one", "other")]
    told = Statement("other", "analytics", "any", "withdrawn", 900, None)
    assert bound(granted, told) == [("one", "withdrawn", 0), ("other", "withdrawn", 0)]
    lifted = Statement("one", "analytics", "any", "granted", 950, None)
    assert bound(granted, told, lifted) == [("one", "granted", 100), ("other", "granted", 100)]
