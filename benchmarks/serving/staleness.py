"""Stock and consent that changed, and whether any decision after the PUT uses the old ones.

A service of two workers over a copy of a demo's home and store, with a load of recommendations on
eight connections from a process of its own. Meanwhile, in turns:

- the first item of a visitor's slate goes out of stock; then it is back with a figure never used
  before. After each PUT returned, four other connections ask at once for the same slate: an item
  that is out of stock and is offered, or one that is back and is missing or shows another figure,
  is a stale decision;
- a customer with a personal slate withdraws ``personalisation``; then grants it anew. After each
  PUT returned, the same four connections ask: a slate that is personal without consent, or not
  personal with it, is a stale decision.

A connection is served by the worker that took it, so the four reach both workers. The bar is 0;
beside it stands the upper end of the exact 95 % interval of the share (Clopper and Pearson, 1934).

    python -m benchmarks.serving.staleness --data HOME           # SQLite
    python -m benchmarks.serving.staleness --data HOME --store postgresql://user@host/empty_database
"""

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.serving.servers import KEY, Case, Server
from benchmarks.serving.worlds import make_home
from serving.stores.copying import copy_store

WORKERS, LOAD, ASKED = 2, 8, 4
ITEMS = "/v1/recommendations"
_LEVELS = 1000
_WHERE = """SELECT location_id FROM stock_levels WHERE status = 'in_stock'
    GROUP BY location_id ORDER BY count(*) DESC, location_id LIMIT 1"""
_STOCKED = """SELECT item_id FROM stock_levels WHERE location_id = ? AND status = 'in_stock'
    ORDER BY item_id"""
_GRANTED = """SELECT customer_id FROM consents WHERE purpose = 'personalisation'
    GROUP BY customer_id HAVING min(status = 'granted') ORDER BY customer_id"""


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401
        """Return the answer; anything but 200 ends the benchmark."""
        self._connection.request(method, path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()[:300]}")
        return json.loads(text)


@dataclass
class Found:
    """What was counted.

    Parameters
    ----------
    decisions, stale
        By what had changed.
    put_ms
        How long each PUT took.
    """

    decisions: Counter[str] = field(default_factory=Counter)
    stale: Counter[str] = field(default_factory=Counter)
    put_ms: list[float] = field(default_factory=list)


class Prober:
    """Changes something, then asks on every other connection at once."""

    def __init__(self, port: int, ingest_key: str, location: str) -> None:
        self._writer = Client(port, ingest_key)
        self._askers = [Client(port, KEY) for _ in range(ASKED)]
        self._location = location
        self._figures = iter(range(1000, 10**9))
        self.found = Found()

    def stock(self, item_ids: Sequence[str], status: str, quantity: float) -> None:
        """Put a figure of items at the place."""
        levels = [
            {
                "item_id": item_id,
                "location_id": self._location,
                "quantity": quantity,
                "status": status,
                "as_of": int(time.time()),  # noqa: TID251 - a benchmark is its own root
            }
            for item_id in item_ids
        ]
        self._put("/v1/stock", {"levels": levels})

    def consent(self, customer_id: str, status: str, at: int) -> None:
        """Put a statement on personalisation."""
        told = {"purpose": "personalisation", "channel": "any", "status": status}
        told |= {"customer_id": customer_id, "source": "benchmark"}
        self._put("/v1/consents", {"consents": [told | {"recorded_at": at}]})

    def slates(self, subject: dict[str, str]) -> Iterator[Any]:
        """Ask for the same slate on each connection."""
        body = {"subject": subject, "channel": "web", "n": 10}
        body |= {"context": {"location_id": self._location}}
        for asker in self._askers:
            yield asker.ask("POST", ITEMS, body)

    def try_stock(self, visitor: str) -> None:
        """Take an item out of stock and put it back."""
        subject = {"visitor_id": visitor}
        item = next(self.slates(subject))["items"][0]["item_id"]
        self.stock([item], "out_of_stock", 0)
        for slate in self.slates(subject):
            offered = item in {one["item_id"] for one in slate["items"]}
            self._count("stock, out", offered)
        figure = next(self._figures)
        self.stock([item], "in_stock", figure)
        for slate in self.slates(subject):
            held = {one["item_id"]: one["stock"]["quantity"] for one in slate["items"]}
            self._count("stock, back", held.get(item) != figure)

    def try_consent(self, customer: str) -> None:
        """Withdraw a consent and grant it anew."""
        subject = {"customer_id": customer}
        if not all(slate["personalised"] for slate in self.slates(subject)):
            return  # nothing of theirs to leave out
        now = int(time.time())  # noqa: TID251 - a benchmark is its own root
        for k, status in enumerate(("withdrawn", "granted")):
            self.consent(
                customer, status, now - 1 + k
            )  # a statement of the future does not count yet
            for slate in self.slates(subject):
                stale = slate["personalised"] != (status == "granted")
                self._count(f"consent, {status}", stale)

    def _put(self, path: str, body: object) -> None:
        began = time.perf_counter()
        self._writer.ask("PUT", path, body)
        self.found.put_ms.append((time.perf_counter() - began) * 1e3)

    def _count(self, what: str, stale: bool) -> None:
        self.found.decisions[what] += 1
        self.found.stale[what] += stale


def run(server: Server, prober: Prober, customers: Sequence[str], seconds: float) -> dict[str, Any]:
    """Probe as long as the load is on; return what the load saw."""
    told: dict[str, Any] = {}
    load = threading.Thread(target=lambda: told.update(server.load(seconds, connections=LOAD)))
    load.start()
    time.sleep(1.0)  # the generator starts
    for k, customer in enumerate(tqdm(customers, leave=False, unit="turn")):
        if not load.is_alive():
            break
        prober.try_stock(f"visitor-{k}")
        prober.try_consent(customer)
    load.join()
    return told


def show(found: Found, load: dict[str, Any]) -> None:
    """Print the table."""
    print(f"load: {load['a_second']:.0f} decisions a second, {load['errors']} errors")
    quantiles = statistics.quantiles(found.put_ms, n=20)
    print(f"PUT: median {statistics.median(found.put_ms):.1f} ms, p95 {quantiles[-1]:.1f} ms")
    print("| changed | decisions after it | stale | at most, 95 % |\n|---|---|---|---|")
    for what, n in found.decisions.items():
        # Exact for none of n; what matters otherwise is that there was one.
        most = f"{1 - 0.025 ** (1 / n):.4%}" if not found.stale[what] else "-"
        print(f"| {what} | {n:,} | {found.stale[what]} | {most} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a home of `make demo`")
    parser.add_argument("--store", default="", help="an empty database; SQLite when left out")
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    if not (asked.data / "champion").is_dir():
        print(f"skipped: {asked.data} holds no champion; run `make demo` first")
        return
    ingest_key = json.loads((asked.data / "demo-keys.json").read_text())["ingest"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make_home(asked.data, home)
        file = home / "nextbest.db"
        with sqlite3.connect(file) as held:
            location = held.execute(_WHERE).fetchone()[0]
            stocked = [row[0] for row in held.execute(_STOCKED, (location,))]
            customers = [row[0] for row in held.execute(_GRANTED)]
        with np.load(home / "bundle/arrays/items.npz", allow_pickle=False) as arrays:
            known = set(arrays["ids"].tolist())
        items = [item for item in stocked if item in known][:_LEVELS]
        os.environ["NEXTBEST_WORKERS"] = str(WORKERS)
        if asked.store:
            copy_store(f"sqlite:///{file}", asked.store, lambda *_: None)
            os.environ["NEXTBEST_STORE_URL"] = asked.store
        bodies = Path(folder) / "bodies.jsonl"
        lines = [
            json.dumps({"subject": {"customer_id": one}, "channel": "web", "n": 10})
            for one in customers[-300:]
        ]
        bodies.write_text("\n".join(lines), encoding="utf-8")
        case = Case("staleness", "serving.service:NextBest", ITEMS, bodies, home)
        with Server(case, Path(folder)) as server:
            prober = Prober(server.port, ingest_key, location)
            # The demo's figures are as old as the demo; the gate wants them of today.
            prober.stock(items, "in_stock", 50)
            load = run(server, prober, customers[:-300], asked.seconds)
    show(prober.found, load)


if __name__ == "__main__":
    main()
