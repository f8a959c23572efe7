"""What one small read of the store costs, by the way it takes.

The same question, the newest statements of consent of one customer, through SQLAlchemy's pool, and
as decisions ask it (prepared, on a connection that stays open); beside it the questions whether any
stock changed, and whether anything did (a server gives no stamps, and is not asked). A store is
filled with customers first; each round asks for customers of its own. Rounds take turns; medians
over rounds.

    python -m benchmarks.serving.store_reads                     # SQLite, in a temporary folder
    python -m benchmarks.serving.store_reads --store postgresql://user@host/empty_database
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable

from sqlalchemy import bindparam, select
from tqdm import tqdm

from serving.stores.opening import open_engine, open_stores
from serving.stores.ports import ConsentRow, StockRow
from serving.stores.tables import consents

CUSTOMERS, ITEMS, ROUNDS, READS = 5000, 5000, 9, 300
_COLUMNS = [consents.c[name] for name in ConsentRow._fields]
_OF_ONE = select(*_COLUMNS).where(consents.c.customer_id == bindparam("id"))
Ask = Callable[[str], object]


def ways(url: str) -> tuple[dict[str, Ask], Callable[[], None]]:
    """Fill the store; return how to ask it, and how to let go of it."""
    store, engine = open_stores(url), open_engine(url)
    store.consents.append(
        [
            ConsentRow(f"c{k}", purpose, "any", "granted", 5, None, "benchmark")
            for k in range(CUSTOMERS)
            for purpose in ("analytics", "marketing", "personalisation")
        ]
    )
    store.stock.put([StockRow(f"i{k}", "l1", 1, "in_stock", 1) for k in range(ITEMS)])
    _, seen = store.stock.changes_since(0)

    def pool(customer: str) -> object:
        with engine.connect() as connection:
            return connection.execute(_OF_ONE, {"id": customer}).fetchall()

    def close() -> None:
        store.close()
        engine.dispose()

    return {
        "consents, SQLAlchemy's pool": pool,
        "consents, as decisions ask": lambda customer: store.consents.for_customers([customer]),
        "any change of stock": lambda _: store.stock.changes_since(seen),
        "stamps of every port": lambda _: store.stamps.now(),
    }, close


def microseconds(ask: Ask, first: int) -> tuple[float, float]:
    """Return the processor's and the wall's microseconds of one read."""
    names = [f"c{(first + k) % CUSTOMERS}" for k in range(READS)]
    began, used = time.perf_counter(), time.process_time()
    for name in names:
        ask(name)
    return (time.process_time() - used) / READS * 1e6, (time.perf_counter() - began) / READS * 1e6


def measure(url: str) -> None:
    """Measure and print one store."""
    asks, close = ways(url)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in asks}
    for turn in tqdm(range(ROUNDS), leave=False, unit="round"):
        for name, ask in asks.items():
            taken[name].append(microseconds(ask, turn * READS))
    close()
    print("| read | CPU µs | wall µs | a second |\n|---|---|---|---|")
    for name, times in taken.items():
        cpu, wall = (statistics.median(each) for each in zip(*times, strict=True))
        print(f"| {name} | {cpu:.1f} | {wall:.1f} | {1e6 / wall:,.0f} |")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", default="", help="an empty database; SQLite when left out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(asked.store or f"sqlite:///{folder}/nextbest.db")


if __name__ == "__main__":
    main()
