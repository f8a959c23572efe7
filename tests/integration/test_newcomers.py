"""Who has no past gets what sells to people of whom as much is known."""

from typing import Any

import numpy as np
import pytest

from serving.batch import BatchJob, answers
from tests.integration.support import Shop, item_ids

NEW = "new0"


def popular(front: Shop, name: str) -> list[str]:
    """The items most bought in a cell, the best first; of equal ones the lower item."""
    segments, bundle = front.bundle.shelves.segments, front.bundle
    cell = segments.names.tolist().index(name)
    order = np.argsort(-segments.rates(cell).astype(np.float64), kind="stable")
    open_ = [k for k in order.tolist() if not bundle.items.discontinued[k]]
    return [str(bundle.items.ids[k]) for k in open_]


@pytest.fixture
def places(front: Shop) -> list[str]:
    return [name for name in front.bundle.shelves.segments.names.tolist() if name[:8] == "location"]


def test_a_place_that_is_asked_about_tells_what_its_customers_buy(
    front: Shop, places: list[str]
) -> None:
    assert len(places) > 1
    slates = {}
    for name in places:
        place = name.removeprefix("location=")
        front.stock(
            *(
                {"item_id": item, "location_id": place, "quantity": 9, "status": "in_stock",
                 "as_of": front.clock.now}
                for item in popular(front, name)
            )
        )  # fmt: skip
        told = front.recommend(NEW, context={"location_id": place}, n=8, channel="call_centre")
        assert (told["personalised"], told["fallback"]) == (False, "no_consent")
        assert item_ids(told) == popular(front, name)[:8]
        assert {one["reason"] for one in told["items"]} <= {"popular_here", "popular"}
        slates[name] = item_ids(told)
        texts = {one["reason"]: one["reason_text"] for one in told["items"]}
        assert texts["popular_here"] == "Popular with customers of this shop."
        replay = front.ok("POST", f"/v1/decisions/{told['decision_id']}/replay", scope="crm")
        assert replay["identical"], replay["differences"]
    assert len({tuple(slate) for slate in slates.values()}) > 1


def test_alone_in_a_block_or_in_batch_it_is_the_same(front: Shop) -> None:
    front.consent("new1", "personalisation", "granted")
    asked = [NEW, "new1", front.who_allows("personalisation", "web")[0]]
    job = BatchJob("recommendations", "shop", 6)
    together = answers(front.parts.application, job, asked, front.clock.now)
    for customer, answer in zip(asked, together, strict=True):
        alone = front.recommend(customer, channel="shop", n=6, explain=True)
        assert alone | {"decision_id": answer["decision_id"]} == answer


def test_what_the_session_came_by_is_no_error_where_nothing_is_known_of_it(front: Shop) -> None:
    plain: Any = front.recommend(NEW)
    told = front.recommend(NEW, context={"referrer": "https://www.example.org/a?b"})
    assert item_ids(told) == item_ids(plain)
    record = front.record(told["decision_id"])
    assert record["request"]["context"]["referrer"] == "https://www.example.org/a?b"
