"""The whole comparison of two sides, as JSON holds it; money in the shop's currency."""

from typing import Any, Final

from tqdm import tqdm

from decisioning.compiled import Catalogue
from decisioning.reasons import REASONS
from serving.comparison.deciding import Question, common_customers, decide_both
from serving.comparison.examples import Examples
from serving.comparison.sides import Side
from serving.comparison.tally import Money, Tally
from serving.stores.opening import Stores

Json = dict[str, Any]
EXAMPLES: Final = 8


def compare(
    first: Side,
    second: Side,
    stores: Stores,
    question: Question,
    most: int | None = None,
    *,
    progress: bool,
) -> Json:
    """Decide for every customer under both sides and report what differs.

    Parameters
    ----------
    most
        At most so many customers, always the same ones; None for all.
    """
    customers = common_customers(first, second, most)
    catalogues = (Catalogue.of(first.bundle.actions), Catalogue.of(second.bundle.actions))
    tally, examples = Tally(catalogues), Examples(catalogues)
    with tqdm(
        total=len(customers), desc="deciding twice", unit="customer", disable=not progress
    ) as bar:
        for pair in decide_both(first, second, stores, customers, question):
            for row in tally.add(pair.first, pair.second):
                examples.add(pair.customers[row], pair.first, pair.second, row)
            bar.update(len(pair.customers))
    return {
        "first": _side(first),
        "second": _side(second),
        **vars(question),
        "customers": tally.customers,
        "changed": tally.changed,
        "actions": _actions(tally),
        "moves": [
            {"first": one, "second": other, "customers": count}
            for (one, other), count in tally.moves.most_common()
        ],
        "money": _money(*tally.money),
        "drops": _drops(tally),
        "examples": examples.most_common(EXAMPLES),
    }


def _side(side: Side) -> Json:
    return {
        "name": side.name,
        "bundle_version": side.bundle.manifest.bundle_version,
        "actions": len(side.bundle.actions),
    }


def _actions(tally: Tally) -> list[Json]:
    names = dict.fromkeys(a.action_id for catalogue in tally.catalogues for a in catalogue)
    return [
        {
            "action_id": name,
            "first": tally.in_first[name],
            "second": tally.in_second[name],
            "gained": tally.gained[name],
            "lost": tally.lost[name],
        }
        for name in names
    ]


def _money(first: Money, second: Money) -> Json:
    def one(money: Money) -> dict[str, float]:
        parts = ("value", "cost", "discount", "net", "priority")
        return {"contacts": money.contacts} | {p: getattr(money, p) / 100.0 for p in parts}

    before, after = one(first), one(second)
    return {
        "first": before,
        "second": after,
        "change": {name: after[name] - before[name] for name in before},
    }


def _drops(tally: Tally) -> list[Json]:
    """List how many candidates each reason stopped, where the two sides differ; largest first."""
    first, second = tally.drops
    told = [
        {
            "stage": reason.stage,
            "reason": reason.code,
            "first": first[code],
            "second": second[code],
            "change": second[code] - first[code],
        }
        for code, reason in enumerate(REASONS)
        if first[code] != second[code]
    ]
    return sorted(told, key=lambda one: -abs(int(one["change"])))
