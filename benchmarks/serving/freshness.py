"""How long until what one process is told shapes what another process answers.

Two services of one worker each share the store of a copied demo home. In every round a visitor
nobody knows grants ``personalisation``; then one process (the teller) is told something, and the
other (the answerer) is asked as soon as the teller has answered:

    view        a product_view: the slate becomes personal
    search      a search for the name of an item: the slate holds what answers it
    link        an identity link to a customer with a history: the slate is the customer's
    stock       out of stock, of the first item of the visitor's slate: it is not offered again
    withdrawal  of the consent: the slate is nobody's

Reported by kind: rounds, stale answers (asked after the teller's answer and not showing it; the
bar is 0), and milliseconds from sending what is told to holding the answer that shows it: median
with its bootstrap 95 % interval, and the worst. One connection to each process, nothing else at
work in them.

    python -m benchmarks.serving.freshness --home HOME --rounds 40
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from benchmarks.serving.processes import Process, print_table, process
from bundle.files import read_bundle

SEED: Final = 7
DRAWS: Final = 2000
TRIES: Final = 50
"""Answers that may be stale before a round is given up."""
Body = dict[str, Any]
Told = tuple[str, str, str, Body, Callable[[Body], bool]]


def told(visitor: str, item: str, name: str, customer: str, first: str) -> Iterator[Told]:
    """Yield kind, method, path, body, and whether an answer shows it."""
    event = {"visitor_id": visitor, "occurred_at": int(time.time()) - 1}  # noqa: TID251 - a client
    view = event | {"event_id": f"{visitor}-v", "event_type": "product_view", "item_id": item}
    yield "view", "POST", "/v1/events", {"events": [view]}, lambda a: a["personalised"]
    search = event | {"event_id": f"{visitor}-s", "event_type": "search", "query": name}
    yield "search", "POST", "/v1/events", {"events": [search]}, _searched
    gone = {"item_id": first, "location_id": "online", "quantity": 0, "status": "out_of_stock"}
    yield "stock", "PUT", "/v1/stock", {"levels": [gone]}, lambda a: first not in _items(a)
    withdrawn = _consent(visitor, "withdrawn")
    yield "withdrawal", "PUT", "/v1/consents", withdrawn, lambda a: not a["personalised"]
    link = {"visitor_id": visitor, "customer_id": customer}
    yield "link", "POST", "/v1/identifiers", {"identifiers": [link]}, lambda a: a["personalised"]


def one_round(
    teller: Process, answerer: Process, about: tuple[str, str, str, str]
) -> Iterator[tuple[str, float, int]]:
    """Yield kind, seconds and stale answers of everything that is told in a round."""
    visitor, item, name, customer = about
    teller.ask("PUT", "/v1/consents", _consent(visitor, "granted"))
    first = _items(_asked(answerer, visitor))[0]
    for kind, method, path, body, shows in told(visitor, item, name, customer, first):
        start = time.perf_counter()
        teller.ask(method, path, body)
        for stale in range(TRIES):
            if shows(_asked(answerer, visitor)):
                yield kind, time.perf_counter() - start, stale
                break
        else:
            raise RuntimeError(f"{kind} did not show in {TRIES} answers")


def measure(home: Path, rounds: int) -> dict[str, list[tuple[float, int]]]:
    """Return seconds and stale answers by kind, one a round."""
    bundle = read_bundle(home / "champion")
    rng = np.random.default_rng(SEED)
    orders = np.diff(bundle.state.history.pointer)
    customers = rng.choice(bundle.customers.ids[orders > 0], rounds)
    items = rng.choice(np.flatnonzero(bundle.items.names != ""), rounds)
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    with process(home) as teller, process(home) as answerer:
        for k in tqdm(range(rounds), desc="rounds"):
            customer, item = str(customers[k]), int(items[k])
            granted = _consent(customer, "granted", "customer_id")
            teller.ask("PUT", "/v1/consents", granted)
            ids = bundle.items.ids
            about = (f"bench-{k}", str(ids[item]), str(bundle.items.names[item]), customer)
            for kind, seconds, stale in one_round(teller, answerer, about):
                found[kind].append((seconds, stale))
    return found


def lines(found: dict[str, list[tuple[float, int]]]) -> Iterator[str]:
    """Yield the report."""
    rng = np.random.default_rng(SEED)
    yield "| told | rounds | stale answers | median ms | 95 % interval | worst ms |"
    yield "|---|--:|--:|--:|--:|--:|"
    for kind, pairs in found.items():
        seconds = np.array([s for s, _ in pairs]) * 1e3
        drawn = np.median(rng.choice(seconds, (DRAWS, seconds.size)), axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        stale = sum(n for _, n in pairs)
        yield (
            f"| {kind} | {seconds.size} | {stale} | {np.median(seconds):.1f}"
            f" | {low:.1f} to {high:.1f} | {seconds.max():.1f} |"
        )


def _asked(process: Process, visitor: str) -> Body:
    body = {"subject": {"visitor_id": visitor}, "channel": "web", "n": 10}
    answer: Body = process.ask("POST", "/v1/recommendations", body)
    return answer


def _consent(name: str, status: str, kind: str = "visitor_id") -> Body:
    one = {kind: name, "purpose": "personalisation", "channel": "any", "status": status}
    return {"consents": [one]}


def _searched(answer: Body) -> bool:
    return any(item["reason"] == "searched_for" for item in answer["items"])


def _items(answer: Body) -> list[str]:
    return [item["item_id"] for item in answer["items"]]


def main() -> None:
    """Measure and print."""
    print_table(__doc__, "rounds", 40, lambda home, rounds: lines(measure(home, rounds)))


if __name__ == "__main__":
    main()
