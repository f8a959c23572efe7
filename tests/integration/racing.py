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
    """

    url: str
    bundle: str
    cap: int

    def decider(self, stores: Stores) -> Decider:
        def new_id() -> str:
            return uuid.uuid4().hex

        return Decider(self._bundle(), stores, lambda: NOW, new_id)

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


def run_processes(race: Race, shares: Sequence[Sequence[str]], n: int = 1) -> list[list[str] | str]:
    """Ask from one process a share, each of several threads."""
    # Not forked: a copy of this process's database connections would be shared.
    context = multiprocessing.get_context("spawn")
    with context.Pool(len(shares)) as pool:
        parts = pool.starmap(run_threads, [(race, share, n) for share in shares])
    return [told for part in parts for told in part]
