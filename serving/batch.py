"""Decide for every customer: the same code as HTTP, block by block, into a Parquet file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from serving.action_decisions import decide_actions_for
from serving.batch_budgets import Allotment, BudgetReport, allot, decide_within, limits_of
from serving.decider import Answer, Decider
from serving.item_decisions import decide_requests
from serving.requests import NextBestActionsRequest, RecommendationsRequest, Subject

What = Literal["next_best_actions", "recommendations"]
BLOCK = 256
_ITEMS = pa.list_(pa.struct([("item_id", pa.string()), ("score", pa.float64())]))
_COMMON = [
    ("customer_id", pa.string()),
    ("channel", pa.string()),
    ("rank", pa.int64()),
    ("reason", pa.string()),
    ("decided_at", pa.int64()),
    ("bundle_version", pa.string()),
    ("policy_version", pa.string()),
]
_ACTION_FIELDS = (
    "priority",
    "propensity",
    "propensity_low",
    "propensity_high",
    "uplift",
    "value",
    "cost",
    "discount",
    "context_weight",
    "lever",
    "action_probability",
)
SCHEMAS = {
    "next_best_actions": pa.schema(
        [
            *_COMMON,
            ("arm", pa.string()),
            ("action_id", pa.string()),
            ("kind", pa.string()),
            *((name, pa.float64()) for name in _ACTION_FIELDS),
            ("items", _ITEMS),
        ]
    ),
    "recommendations": pa.schema(
        [
            *_COMMON,
            ("item_id", pa.string()),
            ("score", pa.float64()),
            ("personalised", pa.bool_()),
            ("fallback", pa.string()),
        ]
    ),
}


@dataclass(frozen=True)
class BatchJob:
    """What to decide for everybody.

    Parameters
    ----------
    what
        ``next_best_actions`` or ``recommendations``.
    channel
        Where.
    n
        Length of each slate.
    direction, goal
        As in the requests.
    """

    what: What
    channel: str
    n: int
    direction: str = "outbound"
    goal: str = "any"


@dataclass(frozen=True)
class BatchResult:
    """What a batch did.

    Parameters
    ----------
    customers
        How many were decided for.
    budgets
        How the policy's budgets were used; None where none binds.
    """

    customers: int
    budgets: BudgetReport | None


def score_everyone(
    decider: Decider, job: BatchJob, out: Path, now: int, *, progress: bool
) -> BatchResult:
    """Decide for every customer of the bundle and write one row a chosen action or item.

    Nothing is contacted, reserved or recorded: this is a dry run of every decision, to be
    delivered by whoever reads the file, who asks the service for each contact that is really
    made. Where the policy has budgets for the channel, they are shared out among all first.
    """
    ids = decider.world.bundle.customers.ids.tolist()
    allotment, report = _allotment(decider, job, ids, now, progress=progress)
    partial = out.with_name(out.name + ".partial")
    with (
        pq.ParquetWriter(partial, SCHEMAS[job.what]) as writer,
        tqdm(total=len(ids), desc=job.what, unit="customer", disable=not progress) as bar,
    ):
        for start, block in _blocks(ids):
            part = None if allotment is None else allotment.rows(start, start + len(block))
            told = answers(decider, job, block, now, part)
            rows = [
                row
                for customer, answer in zip(block, told, strict=True)
                for row in _rows(job, customer, answer)
            ]
            writer.write_table(pa.Table.from_pylist(rows, SCHEMAS[job.what]))
            bar.update(len(block))
    partial.replace(out)
    return BatchResult(len(ids), report)


def _allotment(
    decider: Decider, job: BatchJob, ids: Sequence[str], now: int, *, progress: bool
) -> tuple[Allotment | None, BudgetReport | None]:
    """Share the budgets of the channel out, where there are any."""
    if job.what == "recommendations" or not ids:
        return None, None
    request = _action_request(job, ids[0])
    limits = limits_of(decider.world, request)
    if limits is None:
        return None, None
    decider.world.stock.refresh()
    blocks = tqdm(list(_blocks(ids)), desc="budgets", unit="block", disable=not progress)
    return allot(decider.world, (block for _, block in blocks), request, limits, now)


def answers(
    decider: Decider,
    job: BatchJob,
    customers: Sequence[str],
    now: int,
    part: Allotment | None = None,
) -> list[Answer]:
    """Decide for a block of customers: the answers that HTTP would give each of them.

    With ``part``, their share of the budgets, what the budgets do not allow is left out.
    """
    world = decider.world
    world.stock.refresh()
    people = world.people([(customer, None) for customer in customers])
    rows = range(len(customers))
    if job.what == "recommendations":
        requests = [_item_request(job, customer) for customer in customers]
        items = decide_requests(world, people, requests, now)
        return [decider.items_answer(people.one(k), items[k], now) for k in rows]
    request = _action_request(job, customers[0])
    if part is None:
        actions = decide_actions_for(world, people, request, now)
    else:
        actions = decide_within(world, people, request, now, part)
    return [decider.actions_answer(people.one(k), actions[k], request, now) for k in rows]


def _item_request(job: BatchJob, customer: str) -> RecommendationsRequest:
    return RecommendationsRequest.model_validate(
        {"subject": {"customer_id": customer}, "channel": job.channel, "n": job.n, "goal": job.goal}
    )


def _action_request(job: BatchJob, customer: str) -> NextBestActionsRequest:
    return NextBestActionsRequest(
        subject=Subject(customer_id=customer),
        channel=job.channel,  # type: ignore[arg-type]
        direction=job.direction,  # type: ignore[arg-type]
        n=job.n,
        dry_run=True,
    )


def _rows(job: BatchJob, customer: str, answer: Answer) -> Iterator[dict[str, Any]]:
    header = {k: answer[k] for k in ("decided_at", "bundle_version", "policy_version")}
    header |= {"customer_id": customer, "channel": job.channel}
    if job.what == "recommendations":
        shared = {"personalised": answer["personalised"], "fallback": answer["fallback"]}
        for item in answer["items"]:
            yield header | shared | {k: item[k] for k in ("item_id", "rank", "score", "reason")}
        return
    for action in answer["actions"]:
        yield header | {"arm": answer["arm"]} | {k: v for k, v in action.items() if k != "label"}


def _blocks(ids: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for start in range(0, len(ids), BLOCK):
        yield start, ids[start : start + BLOCK]
