"""How the budgets of a batch were used, as lines for the terminal."""

from collections.abc import Iterator

from serving.batch_budgets import BudgetReport


def budget_lines(report: BudgetReport) -> Iterator[str]:
    """Yield a table of the budgets and a closing line."""
    yield f"{'budget':24s} {'unit':>8s} {'used':>14s} {'of':>14s} {'one more adds':>14s}"
    for one in report.budgets:
        yield (
            f"{one.name:24s} {one.unit:>8s} {one.used:14,.2f} {one.limit:14,.2f}"
            f" {one.shadow_price:14,.2f}"
        )
    yield (
        f"expected value {report.expected_value:,.2f}, "
        f"{report.share_of_bound:.2%} of what no assignment can exceed"
    )
    if report.random_refused:
        yield f"{report.random_refused:,} customers of the random arm found no budget left"
