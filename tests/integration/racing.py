"""Requests that race for one customer: from threads, and from processes of their own."""

import multiprocessing
import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bundle.contents import Bundle
from bundle.files import read_bundle
from decisioning.compiled import Catalogue
from decisioning.policy import ContactLimit
from serving.decider import Decider
from serving.problems import Problem
from serving.requests import NextBestActionsRequest
from serving.stores import Stores, open_stores
from tests.integration.village import NOW

THREADS = 6


@dataclass(frozen=True)
class Race:
    """Where to race, and for how much room.

    Parameters
    ----------
    url, bundle
        The store and the bundle's folder.
    cap
        E-mails a week; the only rule about contacts that is left.
    ahead_s
        Seconds by which this process's clock is ahead of the others'.
    """

    url: str
    bundle: str
    cap: int
    ahead_s: int = 0

    def decider(self, stores: Stores) -> Decider:
        def new_id() -> str:
            return uuid.uuid4().hex

        return Decider(self._bundle(), stores, lambda: NOW + self.ahead_s, new_id)

    def _bundle(self) -> Bundle:
        bundle = read_bundle(Path(self.bundle))
        limit = ContactLimit("shown", self.cap, days=7, suppress_days=7, channel="email")
        policy = replace(
            bundle.policy,
            limits=(limit,),
            fatigue=None,
            journeys=(),
            quiet_channels=(),
            control_share=0.0,
            random_share=0.0,
            exploration="none",
            max_per_kind=0,
        )
        actions = (replace(a, cool_down_days=0.0, cool_down_after=()) for a in bundle.actions)
        return replace(bundle, policy=policy, actions=Catalogue(actions))


def ask(decider: Decider, customer: str, **more: Any) -> list[str] | str:
    """The contacts that one request made, or the code of its refusal."""
    body = {"subject": {"customer_id": customer}, "channel": "email", "direction": "outbound"}
    try:
        answer = decider.next_best_actions(NextBestActionsRequest.model_validate(body | more))
    except Problem as problem:
        return problem.code
    return [one["action_id"] for one in answer["actions"] if one["kind"] != "none"]


def run_threads(race: Race, customers: Sequence[str], n: int = 1) -> list[list[str] | str]:
    """Ask for these customers, in turn, from threads that start together."""
    stores = open_stores(race.url)
    decider = race.decider(stores)
    start = threading.Barrier(THREADS)

    def one(thread: int) -> list[list[str] | str]:
        start.wait()
        return [ask(decider, customer, n=n) for customer in customers[thread::THREADS]]

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            return [told for part in pool.map(one, range(THREADS)) for told in part]
    finally:
        stores.close()


def run_processes(
    races: Sequence[tuple[Race, Sequence[str]]], processes: int
) -> list[list[list[str] | str]]:
    """Run each race in every one of several processes at once, of several threads each."""
    # Not forked: a copy of this process's database connections would be shared.
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        jobs = [race for race in races for _ in range(processes)]
        parts = pool.starmap(run_threads, jobs, chunksize=1)
    return [
        [told for part in parts[k * processes : (k + 1) * processes] for told in part]
        for k in range(len(races))
    ]
