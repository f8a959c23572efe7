"""Where the microseconds of one decision go, by sampling a process that decides.

A timer of CPU time interrupts the process every millisecond; what it was doing counts for the stage
whose function is innermost on the stack. Requests go through the whole ASGI app, so that keys,
parsing, records and replies are in; the HTTP server and BentoML around it are not (see the no-ops
of `benchmarks.serving`). Commits run in a thread of their own: its work has a line of its own, and
stands in the lines above for whatever the event loop did meanwhile, most often its own waiting.
Each question has two tables: of customers who ask for the first time, and of the same again.

    python -m benchmarks.serving.profile --home HOME        # a home of `make demo`
"""

import argparse
import asyncio
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

import httpx
from tqdm import tqdm

from benchmarks.serving.bars import ACTIONS, ITEMS, write_bodies
from benchmarks.serving.servers import KEY
from benchmarks.serving.worlds import make_home
from bundle.erasing import ids_of
from features.settings import read_settings
from serving.bootstrap import build
from serving.http import create_app

EVERY_S: Final = 0.001
REQUESTS, WARM, AGAIN = 600, 60, 5
STAGES: Final = {
    ("limits.py", "check"): "key",
    ("auth.py", "check"): "key",
    ("problems.py", "parse_body"): "parse the body",
    ("erased.py", "without_erased"): "erased persons",
    ("stamps.py", "now"): "has anybody written",
    ("remembered.py", "stands"): "does it still stand",
    ("recall.py", "keep"): "remember",
    ("known.py", "of"): "pack answer and record",
    ("known.py", "given"): "give it its id and moment",
    ("group_commit.py", "commit"): "hand over to be written",
    ("world.py", "people"): "consents and persons",
    ("world.py", "mark"): "contact ledger",
    ("world.py", "contacts"): "contact ledger",
    ("stock_mirror.py", "refresh"): "stock",
    ("stock_mirror.py", "verdicts"): "stock",
    ("world.py", "propensities"): "scores of customer models",
    ("world.py", "uplifts"): "scores of customer models",
    ("contents.py", "said_amounts"): "scores of customer models",
    ("world.py", "profiles"): "profile and columns",
    ("world.py", "columns"): "profile and columns",
    ("action_block.py", "action_block"): "lay out a block",
    ("actions.py", "decide_actions"): "gates and choice of actions",
    ("candidates.py", "find_candidates"): "candidates of items",
    ("items.py", "_ranking"): "rank items",
    ("item_decisions.py", "decide_requests"): "gates and choice of items",
    ("item_decisions.py", "items_answer"): "words of the answer",
    ("action_answers.py", "actions_answer"): "words of the answer",
    ("action_answers.py", "dropped_actions"): "words of the answer",
    ("records.py", "actions_body"): "body of the record",
    ("records.py", "items_body"): "body of the record",
    ("metrics.py", "decision"): "metrics",
    ("metrics.py", "end"): "metrics",
    ("replies.py", "json_reply"): "write the reply",
    ("endpoint.py", "__call__"): "route and event loop",
}


class Sampler:
    """Counts the stage that is at work, each time CPU time has passed."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()

    def __enter__(self) -> "Sampler":
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)

    def _take(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            code = frame.f_code
            stage = STAGES.get((code.co_filename.rpartition("/")[2], code.co_name))
            if stage is not None:
                self.found[stage] += 1
                return
            frame = frame.f_back
        self.found["outside"] += 1


async def run(
    app: object, path: str, warm: Sequence[str], bodies: Sequence[str], sampler: Sampler
) -> tuple[float, ...]:
    """Send every body; return the CPU seconds of the process and of this thread."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
        for body in warm:
            (await http.post(path, content=body, headers=headers)).raise_for_status()
        began = time.process_time(), time.thread_time()
        with sampler:
            for body in tqdm(bodies, desc=path, leave=False):
                (await http.post(path, content=body, headers=headers)).raise_for_status()
        return time.process_time() - began[0], time.thread_time() - began[1]


def show(path: str, sampler: Sampler, whole: float, here: float, count: int) -> None:
    """Print one table: microseconds of CPU a request, by stage."""
    total = sum(sampler.found.values())
    rows = {name: n / total * whole / count * 1e6 for name, n in sampler.found.most_common()}
    rows.pop("outside", None)
    print(f"\n{path}: CPU us a request, {count} requests")
    for name, us in rows.items():
        print(f"  {name:32s} {us:8.0f} {us / sum(rows.values()):7.1%}")
    print(f"  {'all of the above':32s} {sum(rows.values()):8.0f}")
    print(f"  {'of it in the writing thread':32s} {(whole - here) / count * 1e6:8.0f}")


def main() -> None:
    """Profile both routes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="a home of `make demo`")
    demo: Path = parser.parse_args().home
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make_home(demo, home, actions=50)
        env = {"NEXTBEST_HOME": str(home), "NEXTBEST_BUNDLE": str(home / "bundle")}
        parts = build(read_settings(env))
        app = create_app(lambda: parts.application, parts.stores, parts.clock, f"decide:{KEY}")
        for path, asked in (("/v1/next_best_actions", ACTIONS), ("/v1/recommendations", ITEMS)):
            file = write_bodies(Path(folder) / "bodies", asked, ids_of(home / "bundle"))
            bodies = file.read_text(encoding="utf-8").splitlines()[: WARM + REQUESTS]
            first, rest = bodies[:WARM], bodies[WARM:]
            for title, warm, asked_of in (("first", first, rest), ("again", rest, AGAIN * rest)):
                sampler = Sampler()
                whole, here = asyncio.run(run(app, path, warm, asked_of, sampler))
                show(f"{path}, {title}", sampler, whole, here, len(asked_of))
        app.state.commits.close()
        parts.stores.close()


if __name__ == "__main__":
    main()
