"""A load on the service while something fails, and what it was told."""

import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from serving.bootstrap import clock
from tests.faults.running import Listening, answer, wait_for

THREADS = 4
ASKED = ("recommendations", "next_best_actions", "events")


@dataclass
class Told:
    """What the service answered.

    Parameters
    ----------
    answers
        Kind, status, and the answer, in the order in which they came.
    posted
        Events that were acknowledged.
    cut
        Requests whose connection ended without an answer.
    """

    answers: list[tuple[str, int, Any]] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)
    cut: int = 0

    def until(self, more: int) -> None:
        """Wait until so many more answers are in."""
        wanted = len(self.answers) + more
        wait_for(lambda: len(self.answers) >= wanted)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(status for _, status, _ in self.answers)

    def decided(self) -> list[dict[str, Any]]:
        """Decisions that were answered as recorded."""
        return [
            told
            for kind, status, told in self.answers
            if kind != "events" and status == 200 and told["decision_id"]
        ]


@contextmanager
def load(running: Listening, clock: Callable[[], int] = clock) -> Iterator[Told]:
    """Keep asking, from several connections, until the block ends.

    Parameters
    ----------
    clock
        That of the service: events may not be of the future.
    """
    told, stop = Told(), threading.Event()
    threads = [
        threading.Thread(target=_ask_on, args=(running, told, stop, k, clock))
        for k in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _ask_on(
    running: Listening, told: Told, stop: threading.Event, k: int, clock: Callable[[], int]
) -> None:
    connection = running.connect()
    for number in itertools.count(k):
        if stop.is_set():
            break
        kind = ASKED[number % len(ASKED)]
        body = _body(kind, f"c{number * 7 % 240:03d}", clock())
        try:
            status, got = answer(connection, "POST", f"/v1/{kind}", body)
        except (OSError, HTTPException):
            told.cut += 1
            connection = _again(running, connection)
            continue
        told.answers.append((kind, status, got))
        if kind == "events" and status == 200:
            told.posted += body["events"]
        time.sleep(0.02)  # the machine is shared: a load, not a race
    connection.close()


def _again(running: Listening, connection: HTTPConnection) -> HTTPConnection:
    connection.close()
    time.sleep(0.05)
    return running.connect()


def _body(kind: str, customer: str, now: int) -> dict[str, Any]:
    subject = {"subject": {"customer_id": customer}}
    if kind == "recommendations":
        return subject | {"channel": "web", "n": 5}
    if kind == "next_best_actions":
        return subject | {"channel": "email", "direction": "outbound", "n": 2}
    event = {
        "event_id": uuid.uuid4().hex,
        "customer_id": customer,
        "event_type": "product_view",
        "item_id": f"i{int(customer[1:]) % 150:03d}",
        "occurred_at": now - 1,
    }
    return {"events": [event]}
