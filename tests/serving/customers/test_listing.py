"""Pages of customers: each once, whoever comes or goes meanwhile."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.customer_requests import CustomersQuery
from serving.customers import listing
from serving.customers.listing import list_customers
from serving.problems import Problem
from tests.integration.support import Shop
from tests.serving.support import Service, refused

ids = st.text(min_size=1, max_size=5)
NOBODY: Any = None


@pytest.fixture(autouse=True)
def without_facts(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "front" not in request.fixturenames:
        named = lambda _, page, __: [{"customer_id": one} for one in page]  # noqa: E731
        monkeypatch.setattr(listing, "_facts", named)


def page(roster: list[str], **asked: Any) -> tuple[list[str], str | None]:
    found = list_customers(NOBODY, sorted(roster), CustomersQuery(**asked), 0)
    return [one["customer_id"] for one in found["customers"]], found["next"]


def walked(roster: list[str], **asked: Any) -> list[str]:
    found, cursor = page(roster, **asked)
    while cursor is not None:
        more, cursor = page(roster, cursor=cursor, **asked)
        assert more
        found += more
    return found


@given(roster=st.sets(ids, max_size=12), limit=st.integers(1, 5), words=st.text(max_size=1))
def test_the_pages_hold_everybody_once_in_order(roster: set[str], limit: int, words: str) -> None:
    expected = sorted(one for one in roster if words.casefold() in one.casefold())
    found: list[str] = []
    cursor = None
    while True:
        asked = CustomersQuery(limit=limit, cursor=cursor, query=words)
        matching = list(
            listing._matching(
                sorted(roster),
                listing._after(asked.cursor, words.casefold()),
                words.casefold(),
            )
        )
        found += matching[:limit]
        if len(matching) <= limit:
            break
        cursor = listing._cursor(matching[limit - 1], words.casefold())
        assert len(cursor) <= 1000
    assert found == expected


def test_who_comes_or_goes_moves_nobody_else() -> None:
    roster = ["a", "c", "e", "g", "i"]
    first, cursor = page(roster, limit=2)
    second, _ = page(["b", "d", "e", "g"], limit=2, cursor=cursor)
    assert (first, second) == (["a", "c"], ["d", "e"])


def test_a_page_that_ends_with_the_last_has_no_next() -> None:
    assert page(["a", "b"], limit=2) == (["a", "b"], None)
    assert page([], limit=2) == ([], None)
    assert walked(["a", "b", "c", "d", "e"], limit=2) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("cursor", ["x", "abcd", "W10=", "WzEsICIiXQ==", "bnVsbA=="])
def test_a_cursor_of_somebody_else_names_no_page(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        page(["a"], cursor=cursor)
    assert (caught.value.status, caught.value.code) == (404, "unknown_cursor")


def test_a_cursor_belongs_to_its_query() -> None:
    _, cursor = page(["a1", "a2"], limit=1, query="A")
    assert page(["a1", "a2"], limit=1, query="a", cursor=cursor)[0] == ["a2"]
    with pytest.raises(Problem, match="another query"):
        page(["a1", "a2"], limit=1, query="a1", cursor=cursor)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1000000000", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=%F0%9F%98%80", "cursor"),
        (f"query={'a' * 129}", "query"),
    ],
)
def test_what_no_page_can_be_asked_by(service: Service, query: str, field: str) -> None:
    refused(service.call("GET", f"/v1/customers?{query}"), 422, "invalid_value", field)


def test_another_parameter_is_refused(service: Service) -> None:
    refused(service.call("GET", "/v1/customers?page=2"), 422, "unknown_field", "page")


def test_the_village_page_by_page(front: Shop) -> None:
    everybody = front.ok("GET", "/v1/customers?limit=500", scope="crm")
    expected = sorted(front.bundle.customers.ids.tolist())
    assert [one["customer_id"] for one in everybody["customers"]] == expected
    assert everybody["next"] is None
    told = {one["customer_id"]: one for one in everybody["customers"]}
    allowing = set(front.who_allows("personalisation", "web"))
    assert {one for one in told if told[one]["personalisation"]} >= allowing
    shy = sorted(set(expected) - {one for one in told if told[one]["personalisation"]})
    assert shy
    for customer in shy:
        assert told[customer]["orders_total"] is None
        assert told[customer]["days_since_last_purchase"] is None
    assert any(told[one]["orders_total"] for one in allowing)
