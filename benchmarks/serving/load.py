"""A load generator in a process of its own: HTTP/1.1, connections kept open, one request each.

Every connection sends its next request when the answer to the last has come (a closed loop); with
``--rate`` it waits for its turn on a fixed schedule, and the time counts from that turn, so that a
service that stalls is not spared the requests it held up. The last line of the output is JSON.

    python -m benchmarks.serving.load --port 3000 --path /v1/recommendations --bodies FILE
"""

import argparse
import asyncio
import itertools
import json
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import perf_counter

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
PARTS = 10
"""Of a run, of as many answers each, that have a quantile of their own."""


@dataclass
class Tally:
    """What came back.

    Parameters
    ----------
    seconds
        Latency of every answer that was 200, in the order of their arrival.
    statuses
        How often each status came; ``0`` for a connection that broke.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def report(self, elapsed: float) -> dict[str, object]:
        """Return rates and quantiles: requests a second, milliseconds."""
        good = len(self.seconds)
        cuts = [good * k // PARTS for k in range(PARTS + 1)]
        parts = [self.seconds[start:end] for start, end in pairwise(cuts)]
        return {
            "answered": good,
            "errors": sum(self.statuses.values()) - good,
            "statuses": dict(self.statuses),
            "a_second": good / elapsed,
            "p50_ms": statistics.median(self.seconds or [float("nan")]) * 1e3,
            "p99_ms": quantile(self.seconds, 0.99) * 1e3,
            "p99_parts_ms": [quantile(part, 0.99) * 1e3 for part in parts],
        }


def quantile(values: Sequence[float], q: float) -> float:
    """Return a quantile by rank; NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(int(q * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def requests(
    port: int, path: str, key: str, bodies: Sequence[str], *, once: bool = False
) -> Iterator[bytes]:
    """Yield requests as they go over the wire, the bodies again and again, or each once."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: "
    many = [f"{head}{len(body.encode())}\r\n\r\n{body}".encode() for body in bodies]
    return iter(many) if once else itertools.cycle(many)


async def answer(reader: asyncio.StreamReader) -> int:
    """Read one answer whole; return its status."""
    head = await reader.readuntil(_END)
    lower = head.lower()
    at = lower.index(_LENGTH) + len(_LENGTH)
    await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
    return int(head[9:12])


async def drive(
    port: int, source: Iterator[bytes], turns: Iterator[float] | None, until: float, tally: Tally
) -> None:
    """Send requests over one connection until a moment of ``perf_counter``, or the last is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := perf_counter()) < until and (request := next(source, None)) is not None:
        if turns is not None:
            began = next(turns)
            await asyncio.sleep(max(began - perf_counter(), 0.0))
        writer.write(request)
        try:
            status = await answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            status = 0
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        tally.statuses[status] += 1
        if status == 200:
            tally.seconds.append(perf_counter() - began)
    writer.close()


async def run(told: argparse.Namespace) -> dict[str, object]:
    """Drive every connection; return what came back."""
    bodies = told.bodies.read_text(encoding="utf-8").splitlines()
    source = requests(told.port, told.path, told.key, bodies, once=told.once)
    tally, began = Tally(), perf_counter()
    turns = (began + k / told.rate for k in itertools.count()) if told.rate else None
    until = began + told.seconds
    jobs = [drive(told.port, source, turns, until, tally) for _ in range(told.connections)]
    await asyncio.gather(*jobs)
    return tally.report(perf_counter() - began)


def main() -> None:
    """Run and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--bodies", type=Path, required=True, help="one JSON body a line")
    parser.add_argument("--key", default="-")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: at once")
    parser.add_argument("--once", action="store_true", help="send each body once")
    print(json.dumps(asyncio.run(run(parser.parse_args()))))


if __name__ == "__main__":
    main()
