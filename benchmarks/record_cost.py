"""What keeping a decision replayable costs: bytes and CPU of its record.

For the first customers of the served bundle, each decision is written as its record is (JSON,
compressed), once whole and once without what only a replay needs. Nothing is stored. The time is
that of making and packing a whole record, once the decision is taken.

    python -m benchmarks.record_cost                     # needs the home of `make demo`
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

from decisioning.policy import DAY
from features.settings import read_settings
from serving.action_decisions import decide_actions_for, fill_action
from serving.action_inputs import columns_read
from serving.bootstrap import Parts, build
from serving.item_decisions import decide_requests
from serving.records import actions_body, items_body
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.packed import pack_body

CUSTOMERS, REPEATS = 200, 7
ACTIONS = {"channel": "email", "direction": "outbound", "n": 3}
ITEMS = {"channel": "web", "n": 10}
Body = dict[str, Any]


def seconds(make: Callable[[], Body]) -> float:
    """Return the CPU seconds of making and packing a record."""
    taken = []
    for _ in range(REPEATS):
        began = time.process_time()
        pack_body(make())
        taken.append(time.process_time() - began)
    return min(taken)


def of_actions(parts: Parts, customer: str, now: int) -> Callable[[], Body]:
    """Decide on actions once; return what makes the record."""
    decider, bundle = parts.application, parts.application.world.bundle
    body = {**ACTIONS, "subject": {"customer_id": customer}}
    request = NextBestActionsRequest.model_validate(body)
    people = decider.world.people([(customer, None)])
    decided = decide_actions_for(decider.world, people, request, now)[0]
    slate = decided.decision.slate
    fills = [fill_action(decider.world, people, decided, k, request) for k in slate]
    answer = decider.actions_answer(people, decided, request, now)
    columns = columns_read(bundle.actions, bundle.policy)
    return lambda: answer | actions_body(bundle, people, request, decided, columns, fills)


def of_items(parts: Parts, customer: str, now: int) -> Callable[[], Body]:
    """Decide on items once; return what makes the record."""
    decider, bundle = parts.application, parts.application.world.bundle
    body = {**ITEMS, "subject": {"customer_id": customer}}
    request = RecommendationsRequest.model_validate(body)
    people = decider.world.people([(customer, None)])
    decided = decide_requests(decider.world, people, [request], now)[0]
    answer = decider.items_answer(people, decided, now)
    return lambda: answer | items_body(bundle, people, request, decided)


def main() -> None:
    """Print the table."""
    parts = build(read_settings())
    parts.application.world.stock.refresh()
    now = parts.clock() // DAY * DAY + DAY // 2  # noon: no quiet hours
    customers = parts.application.world.bundle.customers.ids.tolist()[:CUSTOMERS]
    print(f"{'record':20s} {'bytes':>8s} {'without inputs':>15s} {'CPU us':>8s}")
    for name, prepare in (("next_best_actions", of_actions), ("recommendations", of_items)):
        rows = []
        for customer in tqdm(customers, desc=name, leave=False):
            make = prepare(parts, customer, now)
            whole = make()
            bare = {k: v for k, v in whole.items() if k != "inputs"}
            rows.append(
                (len(pack_body(whole).data), len(pack_body(bare).data), seconds(make) * 1e6)
            )
        size, without, taken = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:20s} {size:8.0f} {without:15.0f} {taken:8.0f}")
    parts.stores.close()


if __name__ == "__main__":
    main()
