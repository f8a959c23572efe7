"""What a decision costs, against the same HTTP layer with an application that does nothing.

Both answer the same requests through the same ASGI app, key check and serialisation included, in
one process and in turns, so that whatever else the machine does hits both alike. Reported: CPU
microseconds a request (medians over rounds) and the ratio to the no-op.

    make bench                     # needs the home of `make demo`
"""

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from tqdm import tqdm

from features.settings import read_settings
from serving.bootstrap import Parts, build
from serving.http import create_app
from serving.steps import Steps

KEY = "bench-key-of-this-process-only"
ROUNDS, PER_ROUND = 15, 40
ITEMS = {"channel": "web", "n": 10}
ACTIONS = {"channel": "email", "direction": "outbound", "n": 3, "dry_run": True}


class Nothing:
    """An application that answers at once with an empty decision."""

    bundle_version = policy_version = "none"

    def recommend(self, request: object) -> dict[str, Any]:
        """Answer without deciding."""
        del request
        return {"decision_id": "0", "items": [], "fallback": None, "dropped": []}

    next_best_actions = recommend

    def recommending(self, request: object, caller: str = "") -> Steps[dict[str, Any]]:
        """Answer without deciding and without anything to keep."""
        del caller
        yield from ()
        return self.recommend(request)

    acting = recommending

    def decision(self, decision_id: str) -> None:
        """Know no decision."""

    def replay(self, decision_id: str) -> None:
        """Know no decision."""

    def unknown_items(self, item_ids: Sequence[str]) -> set[str]:
        """Know every item."""
        return set()

    def unknown_customers(self, customer_ids: Sequence[str]) -> set[str]:
        """Know every customer."""
        return set()


def client(parts: Parts, application: Any) -> httpx.AsyncClient:  # noqa: ANN401 - either kind
    """Open a client on the ASGI app, in this process."""
    app = create_app(lambda: application, parts.stores, parts.clock, f"decide:{KEY}")
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://bench",
        headers={"Authorization": f"Bearer {KEY}"},
    )


async def cost(http: httpx.AsyncClient, path: str, bodies: Sequence[bytes]) -> float:
    """Return CPU microseconds a request."""
    began = time.process_time()
    for body in bodies:
        (await http.post(path, content=body)).raise_for_status()
    return (time.process_time() - began) / len(bodies) * 1e6


async def measure(parts: Parts) -> dict[str, dict[str, float]]:
    """Measure both applications on both routes, in turns."""
    people = itertools.cycle(parts.application.world.bundle.customers.ids.tolist())
    cases = {"/v1/recommendations": ITEMS, "/v1/next_best_actions": ACTIONS}
    taken: dict[tuple[str, str], list[float]] = {}
    clients = {"decision": client(parts, parts.application), "no-op": client(parts, Nothing())}
    for _, (path, case) in tqdm(list(itertools.product(range(ROUNDS), cases.items()))):
        bodies = [_body(case, next(people)) for _ in range(PER_ROUND)]
        for name, http in clients.items():
            taken.setdefault((path, name), []).append(await cost(http, path, bodies))
    return {
        path: {name: statistics.median(taken[path, name]) for name in clients} for path in cases
    }


def _body(case: Mapping[str, Any], customer: str) -> bytes:
    return json.dumps({**case, "subject": {"customer_id": customer}}).encode()


def main() -> None:
    """Print the table."""
    parts = build(read_settings())
    table = asyncio.run(measure(parts))
    parts.stores.close()
    print(f"{'route':26s} {'decision us':>12s} {'no-op us':>10s} {'ratio':>7s}")
    for path, row in table.items():
        ratio = row["decision"] / row["no-op"]
        print(f"{path:26s} {row['decision']:12.0f} {row['no-op']:10.0f} {ratio:7.1f}")


if __name__ == "__main__":
    main()
