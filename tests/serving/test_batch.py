"""A batch is whole or absent, in blocks of any size, and within its budgets."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from decisioning.policy import Budget
from nextbest.budget_lines import budget_lines
from serving import batch
from serving.batch import BatchJob, score_everyone
from tests.integration.support import Shop

JOB = BatchJob("recommendations", "web", 4)
EMAILS = BatchJob("next_best_actions", "email", 2)


def test_the_size_of_a_block_changes_nothing(
    front: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = []
    for size in (256, 100, 7):
        monkeypatch.setattr(batch, "BLOCK", size)
        out = tmp_path / f"{size}.parquet"
        score_everyone(front.parts.application, JOB, out, front.clock.now, progress=False)
        tables.append(pq.read_table(out))
    assert tables[0].num_rows == 4 * 245
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_a_file_in_place_stays_until_the_new_one_is_whole(
    front: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.parquet"
    out.write_text("yesterday's")

    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(batch, "answers", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        score_everyone(front.parts.application, JOB, out, front.clock.now, progress=False)
    assert out.read_text() == "yesterday's"


def test_a_batch_obeys_stock_that_changed_since(front: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    decider, now = front.parts.application, front.clock.now
    score_everyone(decider, JOB, out, now, progress=False)
    best = pq.read_table(out)["item_id"].to_pylist()[0]
    front.stock({"item_id": best, "location_id": "online", "quantity": 0, "status": "out_of_stock"})
    score_everyone(decider, JOB, out, now, progress=False)
    table = pq.read_table(out)
    assert best not in table["item_id"].to_pylist()
    assert table.num_rows == 4 * 245


def with_budgets(front: Shop, *budgets: Budget, **rules: Any) -> None:
    """Give the policy of this process budgets, and perhaps other rules."""
    world = front.parts.application.world
    policy = replace(world.bundle.policy, budgets=budgets, **rules)
    world.bundle = replace(world.bundle, policy=policy)


def emails(front: Shop, out: Path) -> tuple[list[dict[str, Any]], Any]:
    """Rows of contacts, doing nothing left out, and the report of the budgets."""
    decider = front.parts.application
    result = score_everyone(decider, EMAILS, out, front.clock.now, progress=False)
    rows = pq.read_table(out).to_pylist()
    return [row for row in rows if row["kind"] != "none"], result.budgets


def test_a_batch_stays_within_its_budgets_and_says_so(front: Shop, tmp_path: Path) -> None:
    with_budgets(front, exploration="none")
    free, none = emails(front, tmp_path / "free")
    assert none is None
    assert len(free) > 60
    budgets = Budget("emails", channel="email", contacts=40), Budget("calls", "phone", contacts=0)
    with_budgets(front, *budgets)
    kept, report = emails(front, tmp_path / "kept")
    assert len(kept) == 40
    (use,) = report.budgets
    assert (use.name, use.unit, use.used, use.limit) == ("emails", "contacts", 40.0, 40.0)
    assert use.shadow_price > 0
    assert 0.99 <= report.share_of_bound <= 1.0
    of_policy = [row for row in kept if row["arm"] == "policy"]
    assert report.expected_value == pytest.approx(sum(r["priority"] for r in of_policy), abs=1e-6)
    worth = sorted((r["priority"] for r in free if r["arm"] == "policy"), reverse=True)
    assert report.expected_value == pytest.approx(sum(worth[: len(of_policy)]), rel=0.01)


def test_the_expected_value_is_not_what_exploration_drew(front: Shop, tmp_path: Path) -> None:
    with_budgets(front, Budget("emails", contacts=40), exploration="thompson")
    rows, report = emails(front, tmp_path / "x")
    expected = sum(row["priority"] for row in rows if row["arm"] == "policy")
    assert report.expected_value == pytest.approx(expected, abs=1e-6)


def test_customers_share_budgets_whatever_the_size_of_a_block(
    front: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_budgets(front, Budget("mail", contacts=30, money=250.0), random_share=0.2)
    files = []
    for size in (256, 9):
        monkeypatch.setattr(batch, "BLOCK", size)
        files.append(emails(front, tmp_path / str(size)))
    assert files[0] == files[1]
    assert {row["arm"] for row in files[0][0]} == {"policy", "random"}
    assert len(files[0][0]) <= 30


def test_money_is_counted_in_the_shops_currency(front: Shop, tmp_path: Path) -> None:
    with_budgets(front, Budget("post", money=500.0))
    rows, report = emails(front, tmp_path / "x")
    (use,) = report.budgets
    assert (use.unit, use.limit) == ("money", 5.0)
    spent = sum(r["cost"] for r in rows)
    assert spent <= use.used + 1e-9 <= 5.0 + 1e-9


def test_who_withdraws_while_the_budgets_are_shared_is_left_out(
    front: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_budgets(front, Budget("emails", contacts=40))
    chosen = emails(front, tmp_path / "before")[0][0]["customer_id"]
    shared = batch.allot

    def withdrawn_meanwhile(*arguments: Any) -> Any:
        found = shared(*arguments)
        front.consent(chosen, "marketing", "withdrawn")
        return found

    monkeypatch.setattr(batch, "allot", withdrawn_meanwhile)
    rows, _ = emails(front, tmp_path / "after")
    assert chosen not in {row["customer_id"] for row in rows}


def test_budgets_do_not_bind_when_the_customer_comes_to_us(front: Shop, tmp_path: Path) -> None:
    with_budgets(front, Budget("all", contacts=0))
    job = BatchJob("next_best_actions", "email", 2, direction="inbound")
    decider, out = front.parts.application, tmp_path / "x"
    result = score_everyone(decider, job, out, front.clock.now, progress=False)
    assert result.budgets is None
    assert set(pq.read_table(out)["kind"].to_pylist()) != {"none"}


def test_the_report_reads_as_lines(front: Shop, tmp_path: Path) -> None:
    with_budgets(front, Budget("emails", contacts=1), random_share=1.0)
    _, report = emails(front, tmp_path / "x")
    lines = list(budget_lines(report))
    assert lines[1].split() == ["emails", "contacts", "1.00", "1.00", "0.00"]
    assert lines[2] == "expected value 0.00, 100.00% of what no assignment can exceed"
    assert lines[3].endswith("customers of the random arm found no budget left")
    assert len(list(budget_lines(replace(report, random_refused=0)))) == 3
