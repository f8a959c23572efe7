"""One by one over HTTP, in blocks, and in the file: the same decisions, row for row."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from serving.batch import SCHEMAS, BatchJob, answers, score_everyone
from tests.integration.support import Shop

CUSTOMERS = 200
ITEM_JOBS = [
    BatchJob("recommendations", "web", 10),
    BatchJob("recommendations", "shop", 5, goal="discover"),
    BatchJob("recommendations", "email", 7, goal="replenish"),
]
ACTION_JOBS = [
    BatchJob("next_best_actions", "email", 3),
    BatchJob("next_best_actions", "web", 2, direction="inbound"),
    BatchJob("next_best_actions", "post", 20),
]


def by_http(front: Shop, job: BatchJob, customer: str) -> dict[str, Any]:
    if job.what == "recommendations":
        return front.recommend(customer, channel=job.channel, n=job.n, goal=job.goal, explain=True)
    return front.act(
        customer,
        channel=job.channel,
        n=job.n,
        direction=job.direction,
        explain=True,
        dry_run=True,
    )


def without_id(answer: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in answer.items() if k != "decision_id"}


@pytest.mark.parametrize("job", [*ITEM_JOBS, *ACTION_JOBS], ids=str)
def test_http_gives_what_a_block_gives(front: Shop, job: BatchJob) -> None:
    customers = front.bundle.customers.ids.tolist()[:CUSTOMERS]
    together = answers(front.parts.application, job, customers, front.clock.now)
    assert len(together) == CUSTOMERS
    step = 1 if job in (ITEM_JOBS[0], ACTION_JOBS[0]) else 10
    for customer, answer in list(zip(customers, together, strict=True))[::step]:
        assert by_http(front, job, customer) | {"decision_id": answer["decision_id"]} == answer
    in_pieces = [
        one
        for start in range(0, CUSTOMERS, 37)
        for one in answers(
            front.parts.application, job, customers[start : start + 37], front.clock.now
        )
    ]
    assert [without_id(a) for a in in_pieces] == [without_id(a) for a in together]


@pytest.mark.parametrize("job", [ITEM_JOBS[0], ACTION_JOBS[0], ACTION_JOBS[1]], ids=str)
def test_the_file_holds_what_http_answers(front: Shop, job: BatchJob, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    application = front.parts.application
    everyone = front.bundle.customers.ids.tolist()
    result = score_everyone(application, job, out, front.clock.now, progress=False)
    assert result.customers == len(everyone)
    assert result.budgets is None
    assert [p.name for p in tmp_path.glob("out*")] == ["out.parquet"]
    table = pq.read_table(out)
    assert table.schema.equals(SCHEMAS[job.what])
    rows = table.to_pylist()
    assert [c for c in dict.fromkeys(row["customer_id"] for row in rows)] == [
        c for c in everyone if c in {row["customer_id"] for row in rows}
    ]
    key = "items" if job.what == "recommendations" else "actions"
    for customer in everyone[:60]:
        answer = by_http(front, job, customer)
        mine = [row for row in rows if row["customer_id"] == customer]
        expected = [row_of(job, customer, answer, one) for one in answer[key]]
        assert mine == expected


def row_of(
    job: BatchJob, customer: str, answer: dict[str, Any], one: dict[str, Any]
) -> dict[str, Any]:
    """The row of the file that one item or action of an answer gives."""
    row: dict[str, Any] = {}
    for name in SCHEMAS[job.what].names:
        if name in ("customer_id", "channel"):
            row[name] = customer if name == "customer_id" else job.channel
        elif name == "items":
            row[name] = [{k: item[k] for k in ("item_id", "score")} for item in one["items"]]
        else:
            row[name] = one[name] if name in one else answer[name]
    return row


def test_scoring_everyone_contacts_nobody(front: Shop, tmp_path: Path) -> None:
    stores = front.parts.stores
    everyone = front.bundle.customers.ids.tolist()
    score_everyone(
        front.parts.application, ACTION_JOBS[0], tmp_path / "x", front.clock.now, progress=False
    )
    assert stores.ledger.recent(everyone, 0) == []
