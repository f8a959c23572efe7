"""The service of two workers under load, while something fails; the audit follows each fault."""

import os
import random
import signal
import socket
from contextlib import ExitStack, closing

import pytest

from tests.faults.audit import Audit
from tests.faults.load import Told, load
from tests.faults.running import Running, answer, wait_for
from tests.integration.support import Trained

pytestmark = pytest.mark.slow
MALFORMED = 1000


def passed(running: Running, village: Trained, told: Told, least: int = 20) -> None:
    """Nothing acknowledged was lost, no gate was broken, and enough was decided to say so."""
    audit = Audit(f"sqlite:///{running.home / 'nextbest.db'}", village.bundle)
    assert audit.faults(told) == []
    assert len(told.decided()) >= least, told.statuses


def await_version(running: Running, version: int) -> str:
    """Wait until every worker serves a version; each connection may reach another of them."""
    wanted = {running.bundle_version(version)}
    wait_for(lambda: {running.served() for _ in range(6)} == wanted)
    return wanted.pop()


def test_a_killed_worker_loses_nothing_and_is_replaced(running: Running, village: Trained) -> None:
    first, second = running.workers()
    with load(running) as told:
        told.until(30)
        os.kill(first, signal.SIGKILL)
        told.until(30)
        replaced = running.await_workers()
        told.until(30)
    assert second in replaced
    assert first not in replaced
    assert set(told.statuses) <= {200, 503}
    passed(running, village, told)


def test_promotion_and_rollback_take_effect_without_a_restart(
    running: Running, village: Trained
) -> None:
    before = running.workers()
    with load(running) as told:
        told.until(20)
        seen = set()
        for version in (2, 1):
            running.alias(version)
            seen.add(await_version(running, version))
            told.until(20)
    assert running.workers() == before
    assert (set(told.statuses), told.cut) == ({200}, 0)
    assert {one["bundle_version"] for one in told.decided()} == seen
    assert len(seen) == 2
    passed(running, village, told)


def test_a_poisoned_bundle_is_kept_out(running: Running, village: Trained) -> None:
    before = await_version(running, 1)
    with load(running) as told:
        running.alias(3)
        shown = wait_for(lambda: running.ask("GET", "/readyz")[1]["kept_out"])
        told.until(60)
    assert [one["role"] for one in shown] == ["champion"]
    assert shown[0]["bundle"].startswith("version 3 of ")
    assert running.ask("GET", "/readyz")[0] == 200
    assert {one["bundle_version"] for one in told.decided()} == {before}
    assert (set(told.statuses), told.cut) == ({200}, 0)
    running.alias(1)
    wait_for(lambda: not running.ask("GET", "/readyz")[1]["kept_out"])
    passed(running, village, told)


def test_a_full_disk_refuses_and_keeps_nothing_half_written(
    running: Running, village: Trained
) -> None:
    with load(running) as told:
        told.until(30)
        with running.full_disk():
            full = len(told.answers)
            told.until(60)
            during = told.answers[full + 8 :]
            alive = running.ask("GET", "/readyz")[0]
        running.await_ready()
        told.until(60)
    assert alive == 200, "reading works, and so do popular items"
    refused = [told for kind, _, told in during if kind != "recommendations"]
    assert {one["error"]["code"] for one in refused} == {"store_unavailable"}
    offered = [told for kind, _, told in during if kind == "recommendations"]
    assert {(one["fallback"], one["decision_id"]) for one in offered} == {
        ("store_unavailable", None)
    }
    assert {status for _, status, _ in told.answers[-20:]} == {200}, "it recovers by itself"
    passed(running, village, told)


def test_a_thousand_malformed_bodies_fail_alone(running: Running, village: Trained) -> None:
    drawn = random.Random(7)
    with load(running) as told, closing(running.connect()) as connection:
        statuses = {
            answer(connection, "POST", f"/v1/{path}", _malformed(drawn))[0]
            for path in ("recommendations", "next_best_actions", "events", "outcomes")
            for _ in range(MALFORMED // 4)
        }
    assert statuses <= {400, 422}
    assert (set(told.statuses), told.cut) == ({200}, 0)
    passed(running, village, told)


def test_clients_that_trickle_hold_up_nobody_and_are_let_go(
    running: Running, village: Trained
) -> None:
    head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
    body = head + b"a-key-for-the-faults-alone\r\nContent-Length: 500\r\n\r\n{"
    with ExitStack() as held:
        slow = [
            held.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=20))
            for _ in range(60)
        ]
        for k, client in enumerate(slow):
            client.sendall(head[: 20 + k % 30] if k % 2 else body)
        with load(running) as told:
            for _ in range(5):
                told.until(20)
                for client in slow[::2]:
                    client.sendall(b" ")
        assert (set(told.statuses), told.cut) == ({200}, 0)
        refused = slow[0].recv(4096)
        assert refused.startswith(b"HTTP/1.1 400")
        # Head and body may come apart.
        while b"incomplete_body" not in refused:
            more = slow[0].recv(4096)
            assert more, refused
            refused += more
    passed(running, village, told)


def _malformed(drawn: random.Random) -> bytes:
    return drawn.choice(
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'{"subject": 1}',
            b'{"subject": {"customer_id": "c001"}, "channel": "web", "n": 1e400}',
            b'{"events": "all of them"}',
            b'{"a":' * 300,
            b"\xff\xfe" + drawn.randbytes(40),
            drawn.randbytes(drawn.randrange(1, 400)),
            b'{"subject": {"customer_id": "\x00"}, "channel": "' + b"w" * 900 + b'"}',
        ]
    )
