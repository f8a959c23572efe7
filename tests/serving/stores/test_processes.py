"""Several processes over one store: nothing stale, and nothing lost when one is killed."""

import multiprocessing
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.stores import Stores
from serving.stores.ports import StockRow
from tests.serving.stores.contracts import consent
from tests.serving.stores.processes import answer_reads, missing

ROUNDS = 150
KILLS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_one_process_wrote_the_very_next_read_of_another_sees(url: str, store: Stores) -> None:
    # Not forked: a copy of this process's database connections would be shared.
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    reader = context.Process(target=answer_reads, args=(url, theirs))
    reader.start()
    assert mine.recv() == "open"
    stale = 0
    for number in range(ROUNDS):
        status = ("granted", "withdrawn")[number % 2]
        store.consents.append([consent(status, number, "any", "c1")])
        store.stock.put([StockRow("c1", "l1", number, "in_stock", number)])
        mine.send("c1")
        stale += mine.recv() != ([status], number)
    mine.send(None)
    reader.join()
    assert reader.exitcode == 0
    assert stale == 0


def test_a_killed_writer_loses_nothing_it_had_acknowledged(
    url: str, opening: Callable[[], Stores]
) -> None:
    moments = random.Random(7)
    acknowledged: list[str] = []
    for round_number in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.serving.stores.processes", url, f"w{round_number}"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert writer.stdout is not None
        acknowledged.append(writer.stdout.readline().strip())
        time.sleep(moments.uniform(0.01, 0.15))
        writer.send_signal(signal.SIGKILL)
        # A line cut off in the middle was not read by any caller.
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        writer.wait()
        writer.stdout.close()
        opened = opening()
        assert missing(opened, acknowledged) == []
        opened.close()
    assert len(acknowledged) > KILLS
