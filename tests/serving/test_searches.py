"""A search posted now shapes the visitor's next slate, by words that the catalogue holds."""

from typing import Any

import numpy as np
import pytest

from bundle.contents import ItemTable
from serving.searches import SearchIndex, words
from tests.integration.support import Shop, item_ids

NAMES = ["Crème brûlée", "Creme caramel", "Organic whole milk", "Milk chocolate", "Rye bread"]


@pytest.fixture
def index() -> SearchIndex:
    n = len(NAMES)
    nothing = np.full(n, "")
    shelves = np.array(["dairy > desserts", "dairy > desserts", "dairy > milk", "sweets", "bakery"])
    return SearchIndex(
        ItemTable(
            ids=np.arange(n).astype(str),
            names=np.array(NAMES),
            category_paths=shelves,
            brands=nothing,
            list_price=np.ones(n),
            unit_cost=np.ones(n),
            discontinued=np.zeros(n, dtype=np.bool_),
        )
    )


def test_words_are_compared_without_case_accents_and_plurals() -> None:
    assert list(words("Crème-BRÛLÉES, a 2 kg gas")) == ["creme", "brulee", "kg", "gas"]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("CREMES", [0, 1]),
        ("crème brûlée", [0]),
        ("whole milk", [2]),
        ("desserts", [0, 1]),
        ("breads", [4]),
        ("dairy milk", [2]),
    ],
)
def test_what_answers_a_query_best(index: SearchIndex, query: str, best: list[int]) -> None:
    scores = index.scores(query)
    assert np.flatnonzero(scores == scores.max()).tolist() == best
    assert scores.max() == pytest.approx(1.0)


@pytest.mark.parametrize("query", ["", "zebra", "milk of a zebra from abroad", "; drop table"])
def test_what_has_less_than_half_of_a_query_does_not_answer_it(
    index: SearchIndex, query: str
) -> None:
    assert not index.scores(query).any()


def post(shop: Shop, name: str, visitor: str, **more: Any) -> None:
    event = {"event_id": name, "visitor_id": visitor, "occurred_at": shop.clock.now - 60, **more}
    told = shop.ok("POST", "/v1/events", {"events": [event]}, "ingest")
    assert told["accepted"] == 1, told


def ask(shop: Shop, visitor: str, **more: Any) -> Any:
    body = {"subject": {"visitor_id": visitor}, "channel": "web", "n": 6, **more}
    return shop.ok("POST", "/v1/recommendations", body, "decide")


def allow(shop: Shop, visitor: str) -> None:
    one = {
        "visitor_id": visitor,
        "purpose": "personalisation",
        "channel": "any",
        "status": "granted",
    }
    shop.ok("PUT", "/v1/consents", {"consents": [one]}, "ingest")


def test_a_search_shapes_the_next_slate_by_leave_alone(front: Shop) -> None:
    plain = ask(front, "ck1")
    post(front, "e1", "ck1", event_type="search", query="box7")
    assert item_ids(ask(front, "ck1")) == item_ids(plain), "without leave it is not read"
    allow(front, "ck1")
    told = ask(front, "ck1")
    assert (told["personalised"], told["fallback"]) == (True, None)
    bundle = front.bundle
    found = [one["item_id"] for one in told["items"] if one["reason"] == "searched_for"]
    held = bundle.items.category_paths[bundle.item_map.index_of(found)]
    assert len(found) == 6
    assert all(path.endswith("box7") for path in held)
    assert {one["reason_text"] for one in told["items"]} == {"Answers your search."}
    french = ask(front, "ck1", language="fr")
    assert {one["reason_text"] for one in french["items"]} == {"Répond à votre recherche."}
    replay = front.ok("POST", f"/v1/decisions/{told['decision_id']}/replay", scope="crm")
    assert replay["identical"], replay["differences"]


def test_what_is_looked_at_afterwards_says_more_than_the_search(front: Shop) -> None:
    allow(front, "ck2")
    post(front, "e1", "ck2", event_type="search", query="box7")
    post(front, "e2", "ck2", event_type="product_view", item_id="i003")
    reasons = {one["reason"] for one in ask(front, "ck2")["items"]}
    assert "searched_for" not in reasons
    assert "in_session" in reasons
    post(front, "e3", "ck2", event_type="search", query="shelf2")
    assert "searched_for" in {one["reason"] for one in ask(front, "ck2")["items"]}


def test_a_search_that_nothing_answers_is_nothing_done(front: Shop) -> None:
    allow(front, "ck3")
    post(front, "e1", "ck3", event_type="search", query="a zebra")
    assert ask(front, "ck3")["fallback"] == "cold_start"


def test_only_a_search_is_one(front: Shop) -> None:
    allow(front, "ck4")
    post(front, "e1", "ck4", event_type="product_view", item_id="i003", query="box7")
    assert "searched_for" not in {one["reason"] for one in ask(front, "ck4")["items"]}
