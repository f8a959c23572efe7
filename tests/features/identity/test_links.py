"""What links reach, and which customers are one, example by example."""

from collections.abc import Callable

import pytest
from duckdb import DuckDBPyConnection

from features.identity import Evidence
from features.links import lay_links

Say = Callable[..., None]


def links(con: DuckDBPyConnection, as_of: int, **kwargs: int) -> dict[str, str]:
    lay_links(con, [as_of], Evidence(**kwargs))
    rows = con.execute(
        "select identifier_type || ':' || value, customer_id from links where as_of = ?", [as_of]
    ).fetchall()
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def persons(con: DuckDBPyConnection, as_of: int) -> set[tuple[str, str, str]]:
    lay_links(con, [as_of])
    rows = con.execute("select customer_id, person_id, part_id from persons").fetchall()
    return {(str(a), str(b), str(c)) for a, b, c in rows}


def test_nothing_is_linked_where_there_are_no_identifiers(con: DuckDBPyConnection) -> None:
    assert links(con, 10) == {}
    assert persons(con, 10) == set()


def test_a_link_counts_strictly_after_it_was_seen(con: DuckDBPyConnection, say: Say) -> None:
    say("cookie:k", "A", 5)
    assert links(con, 5) == {}
    assert links(con, 6) == {"cookie:k": "A"}


def test_all_moments_are_laid_at_once(con: DuckDBPyConnection, say: Say) -> None:
    say("cookie:k", "A", 5)
    lay_links(con, [9, 5, 7, 9])
    assert con.execute("from cutoffs order by 1").fetchall() == [(5,), (7,), (9,)]
    assert con.execute("select as_of from links order by 1").fetchall() == [(7,), (9,)]


def test_a_cookie_of_two_customers_reaches_neither(con: DuckDBPyConnection, say: Say) -> None:
    say("cookie:k", "A", 1)
    say("cookie:k", "B", 2)
    assert links(con, 2) == {"cookie:k": "A"}
    assert links(con, 3) == {}
    assert persons(con, 3) == set()


@pytest.mark.parametrize("kind", ["crm_id", "loyalty_card", "email_sha256"])
def test_a_strong_identifier_joins_two_customers(
    con: DuckDBPyConnection, say: Say, kind: str
) -> None:
    say(f"{kind}:x", "B", 1)
    say(f"{kind}:x", "A", 2)
    say("cookie:k", "A", 2)
    assert persons(con, 3) == {("A", "B", "B")}  # B was seen first
    assert links(con, 3) == {f"{kind}:x": "B", "cookie:k": "B"}


@pytest.mark.parametrize("kind", ["cookie", "device", "social"])
def test_a_weak_identifier_joins_nobody(con: DuckDBPyConnection, say: Say, kind: str) -> None:
    say(f"{kind}:x", "B", 1)
    say(f"{kind}:x", "A", 2)
    assert persons(con, 3) == set()


def test_the_customer_seen_first_in_the_data_stands_for_the_person(
    con: DuckDBPyConnection, say: Say
) -> None:
    say("email_sha256:e", "A", 10)
    say("email_sha256:e", "B", 11)
    say("email_sha256:e", "C", 11)
    con.execute("insert into customers (customer_id, signed_up_at, source) values ('C', 3, 't')")
    assert {p for _, p, _ in persons(con, 20)} == {"C"}
    con.execute(
        "insert into transactions (order_id, line_no, customer_id, purchased_at, source)"
        " values ('o', 1, 'B', 2, 't')"
    )
    assert {p for _, p, _ in persons(con, 20)} == {"B"}


def test_equally_early_customers_go_by_their_id(con: DuckDBPyConnection, say: Say) -> None:
    say("email_sha256:e", "B", 1)
    say("email_sha256:e", "A", 1)
    assert persons(con, 2) == {("B", "A", "A")}


def test_a_familys_telephone_joins_nobody(con: DuckDBPyConnection, say: Say) -> None:
    for one in ("A", "B"):
        say(f"email_sha256:{one}", one, 1)
        say("phone_sha256:p", one, 1)
    assert persons(con, 2) == set()
    assert links(con, 2) == {"email_sha256:A": "A", "email_sha256:B": "B"}


def test_a_telephone_alone_joins_nobody(con: DuckDBPyConnection, say: Say) -> None:
    say("phone_sha256:p", "A", 1)
    say("phone_sha256:p", "B", 1)
    assert persons(con, 2) == set()
    say("email_sha256:e", "A", 2)
    say("email_sha256:e", "B", 2)
    assert persons(con, 3) == {("B", "A", "A")}


def test_what_contradicts_must_be_outweighed(con: DuckDBPyConnection, say: Say) -> None:
    for one in ("A", "B"):
        say(f"loyalty_card:{one}", one, 1)
        say("email_sha256:e", one, 1)
        say("phone_sha256:p", one, 2)
        say("crm_id:r", one, 3)
        say("crm_id:r", one, 4, relation="different")
    assert persons(con, 2) == set()  # the e-mail against the cards
    assert persons(con, 3) == {("B", "A", "A")}  # and a telephone
    say("email_sha256:e", "B", 5, relation="different")
    assert persons(con, 6) == set()


def test_a_crm_record_outweighs_two_emails(con: DuckDBPyConnection, say: Say) -> None:
    for one in ("A", "B"):
        say(f"email_sha256:{one}", one, 1)
        say("crm_id:r", one, 1)
    assert persons(con, 2) == {("B", "A", "A")}


def test_a_shared_card_says_less_beside_a_card_of_ones_own(
    con: DuckDBPyConnection, say: Say
) -> None:
    say("loyalty_card:family", "A", 1)
    say("loyalty_card:family", "B", 1)
    say("loyalty_card:own", "B", 2)
    assert persons(con, 2) == {("B", "A", "A")}
    assert persons(con, 3) == set()


def test_an_account_between_two_people_is_neithers(con: DuckDBPyConnection, say: Say) -> None:
    for one in ("A", "B"):
        say(f"email_sha256:{one}", one, 1)
        say(f"loyalty_card:{one}", one, 1)
    say("email_sha256:A", "X", 2)
    assert persons(con, 3) == {("X", "A", "A")}
    say("loyalty_card:B", "X", 3)
    assert persons(con, 4) == set()


def test_a_telephone_shared_by_crm_records_joins_nobody(con: DuckDBPyConnection, say: Say) -> None:
    """The shared identifier is two steps from both customers."""
    for one in ("A", "B"):
        say(f"crm_id:{one}", one, 1)
        say(f"crm_id:{one}", f"email_sha256:{one}", 1)
        say(f"crm_id:{one}", "phone_sha256:p", 1)
    assert persons(con, 2) == set()
    assert "phone_sha256:p" not in links(con, 2)


def test_an_email_told_by_a_crm_record_counts_as_the_customers(
    con: DuckDBPyConnection, say: Say
) -> None:
    say("crm_id:r", "A", 1)
    say("crm_id:r", "email_sha256:e", 1)
    say("email_sha256:e", "B", 1)
    say("phone_sha256:p", "B", 1)
    assert persons(con, 2) == {("B", "A", "A")}


def test_a_crm_record_of_nobody_takes_nothing_from_a_customer(
    con: DuckDBPyConnection, say: Say
) -> None:
    say("crm_id:A", "A", 1)
    say("email_sha256:A", "A", 1)
    say("phone_sha256:p", "A", 1)
    say("crm_id:B", "phone_sha256:p", 1)
    say("crm_id:B", "email_sha256:B", 1)
    assert links(con, 2) == {"crm_id:A": "A", "email_sha256:A": "A", "phone_sha256:p": "A"}


def test_a_visitor_is_found_through_other_identifiers(con: DuckDBPyConnection, say: Say) -> None:
    say("cookie:k1", "device:d", 1)
    say("cookie:k2", "device:d", 2)
    say("cookie:k1", "A", 3)
    assert links(con, 3) == {}
    assert links(con, 4) == {"cookie:k1": "A", "device:d": "A", "cookie:k2": "A"}
    say("cookie:k2", "B", 4)
    assert links(con, 5) == {"cookie:k1": "A", "cookie:k2": "B"}  # the device leads to both


def test_an_email_typed_in_on_a_customers_browser(con: DuckDBPyConnection, say: Say) -> None:
    say("cookie:k", "A", 1)
    say("cookie:k", "email_sha256:e", 1)
    say("cookie:k2", "email_sha256:e", 1)
    found = {"cookie:k": "A", "email_sha256:e": "A", "cookie:k2": "A"}
    assert links(con, 2) == found
    say("email_sha256:own", "A", 2)  # the customer has another one: e is somebody else's
    assert links(con, 3) == {"cookie:k": "A", "email_sha256:own": "A"}


def test_two_emails_that_vie_for_a_customer_stay_out(con: DuckDBPyConnection, say: Say) -> None:
    say("cookie:k", "A", 1)
    say("cookie:k", "email_sha256:e1", 1)
    say("cookie:k", "email_sha256:e2", 1)
    assert links(con, 2) == {"cookie:k": "A"}


def test_what_more_people_share_than_the_limit_joins_nobody(
    con: DuckDBPyConnection, say: Say
) -> None:
    for k in range(3):
        say("email_sha256:info", f"C{k}", k)
    assert links(con, 5, max_people=3) == {"email_sha256:info": "C0"}
    assert links(con, 5, max_people=2) == {}
    assert links(con, 2, max_people=2) == {"email_sha256:info": "C0"}  # not yet shared by three


def test_identifiers_of_one_person_do_not_make_a_crowd(con: DuckDBPyConnection, say: Say) -> None:
    for k in range(8):
        say(f"loyalty_card:{k}", "A", 1)
        say("device:d", f"loyalty_card:{k}", 1)
        say(f"cookie:{k}", "email_sha256:e", 1)
    say("email_sha256:e", "A", 1)
    assert links(con, 2, max_people=2)["device:d"] == "A"
    assert links(con, 2, max_people=2)["cookie:7"] == "A"


def test_an_unmerge_undoes_and_a_later_link_joins_again(con: DuckDBPyConnection, say: Say) -> None:
    say("email_sha256:e", "A", 1)
    say("email_sha256:e", "B", 2)
    say("email_sha256:e", "B", 4, relation="different")
    say("email_sha256:e", "B", 4)  # in the same second: parting holds
    say("email_sha256:e", "B", 8)
    assert persons(con, 4) == {("B", "A", "A")}
    assert persons(con, 5) == set()
    assert links(con, 5) == {"email_sha256:e": "A"}
    assert persons(con, 9) == {("B", "A", "A")}


def test_a_likely_link_joins_views_and_keeps_the_parts(con: DuckDBPyConnection, say: Say) -> None:
    say("loyalty_card:l", "A", 1)
    say("crm_id:r", "B", 2)
    say("crm_id:r2", "C", 3)
    say("crm_id:r2", "B", 3)
    say("crm_id:r", "loyalty_card:l", 4, match="fuzzy")
    assert persons(con, 5) == {("B", "A", "B"), ("C", "A", "B")}
    assert links(con, 5)["crm_id:r2"] == "A"


def test_a_certain_link_outranks_a_likely_one(con: DuckDBPyConnection, say: Say) -> None:
    say("cookie:k", "A", 1)
    say("cookie:k", "B", 1, match="fuzzy")
    say("cookie:k2", "B", 1, match="fuzzy")
    assert links(con, 2) == {"cookie:k": "A", "cookie:k2": "B"}


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="max_people is 0"):
        Evidence(max_people=0)
    with pytest.raises(ValueError, match="weights names"):
        Evidence(weights={"email_sha256": 2})
