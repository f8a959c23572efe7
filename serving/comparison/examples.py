"""A few customers whose decision changes, each with the reason why."""

from dataclasses import dataclass, field
from typing import Any, Final

from decisioning.actions import ActionDecision, Decisions
from decisioning.compiled import Catalogue
from decisioning.reasons import PASSED, REASONS, sentence

_KEPT: Final = 2_000
"""Changes remembered; with exploration every other customer may be one of their own."""
_ABSENT: Final = "It is not in the catalogue."


@dataclass
class Examples:
    """The first customer met of each change: which actions came and which went.

    Parameters
    ----------
    catalogues
        Of the first and the second side.
    """

    catalogues: tuple[Catalogue, Catalogue]
    found: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)

    def add(self, customer: str, first: Decisions, second: Decisions, row: int) -> None:
        """Look at one customer whose decision changed."""
        decisions = (first.row(row), second.row(row))
        slates = [
            [c[k].action_id for k in d.slate]
            for c, d in zip(self.catalogues, decisions, strict=True)
        ]
        discounts = [tuple(d.discount[list(d.slate)].tolist()) for d in decisions]
        change = (*map(tuple, slates), *discounts)
        if change in self.found:
            self.found[change]["customers"] += 1
        elif len(self.found) < _KEPT:
            self.found[change] = self._example(customer, decisions, slates)

    def _example(
        self,
        customer: str,
        decisions: tuple[ActionDecision, ActionDecision],
        slates: list[list[str]],
    ) -> dict[str, Any]:
        return {
            "customer_id": customer,
            "customers": 1,
            "first": slates[0],
            "second": slates[1],
            "why": self._why(decisions, slates),
        }

    def most_common(self, count: int) -> list[dict[str, Any]]:
        """Return the examples of the changes that most customers share."""
        every = sorted(self.found.values(), key=lambda one: -one["customers"])
        return every[:count]

    def _why(
        self, decisions: tuple[ActionDecision, ActionDecision], slates: list[list[str]]
    ) -> list[dict[str, Any]]:
        """Tell of every action that came, went or has another price what each side says of it."""
        first, second = slates
        names = dict.fromkeys([*first, *second])
        told = []
        for name in names:
            sides = [_view(d, c, name) for d, c in zip(decisions, self.catalogues, strict=True)]
            if (name in first) != (name in second):
                change = "lost" if name in first else "gained"
            elif sides[0]["discount"] != sides[1]["discount"]:
                change = "repriced"
            else:
                continue
            told.append(
                {"action_id": name, "change": change, "first": sides[0], "second": sides[1]}
            )
        if decisions[0].arm != decisions[1].arm:
            told.append({"change": "arm", "first": decisions[0].arm, "second": decisions[1].arm})
        return told


def _view(decision: ActionDecision, catalogue: Catalogue, name: str) -> dict[str, Any]:
    """Return what one side says of an action; money in the shop's currency."""
    for k, action in enumerate(catalogue):
        if action.action_id == name:
            verdict = int(decision.verdict[k])
            passed = verdict == PASSED
            return {
                "stage": REASONS[verdict].stage,
                "reason": REASONS[verdict].code,
                "detail": "It is in the slate." if passed else sentence(verdict),
                "priority": float(decision.priority[k]) / 100.0,
                "discount": float(decision.discount[k]),
            }
    return {"stage": "", "reason": "absent", "detail": _ABSENT, "priority": None, "discount": None}
