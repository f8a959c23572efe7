"""The same rows, said by two versions: differences a customer, and what they prove."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.estimates import CustomerModel
from decisioning.policy import DAY
from training.as_of import date_text
from training.held_out import HeldOut, HeldOutModel, HeldOutSlates
from training.promotion.losses import log_losses, relative_errors
from training.promotion.slates import champion_values

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]


@dataclass(frozen=True)
class Version:
    """A registered version: its number, its bundle, and the rows its run held out.

    ``held`` is None for a version registered before runs left them.
    """

    number: str
    bundle: Bundle
    held: HeldOut | None

    @property
    def models(self) -> dict[str, CustomerModel]:
        """Customer models, of probabilities and of amounts, by name."""
        return {**self.bundle.models, **self.bundle.amounts}

    @property
    def as_of(self) -> int:
        """The moment before which it learned."""
        return int(self.bundle.manifest.as_of)


@dataclass(frozen=True)
class Paired:
    """One measure of both versions on the same rows.

    Parameters
    ----------
    measure
        As ``any.ndcg_10`` or ``churn.log_loss``.
    customers
        Strings (rows,): whose row.
    gain
        float64 (rows,): by how much the challenger is better, above 0 for better.
    """

    measure: str
    customers: Strings
    gain: Floats


class CannotCompareError(Exception):
    """There are no rows that neither version learned from; the message says why."""


def paired(challenger: Version, champion: Version) -> Iterator[Paired]:
    """Hold both against the rows that the challenger's run held out.

    Raises
    ------
    CannotCompareError
        If the champion learned from those rows, or there are none.
    """
    held = challenger.held
    if held is None:
        raise CannotCompareError(
            f"version {challenger.number} left no held-out rows; train it again"
        )
    yield from _slates(held, champion)
    for name, model in held.models.items():
        if name in champion.models:
            yield _model(name, model, champion)


def lost_models(challenger: Version, champion: Version) -> list[str]:
    """Return the customer models that the champion has and the challenger lacks."""
    return sorted(set(champion.models) - set(challenger.models))


def _slates(held: HeldOut, champion: Version) -> Iterator[Paired]:
    if not held.goals:
        return
    theirs = _champion_goals(held, champion)
    for goal, mine in held.goals.items():
        place = {c: k for k, c in enumerate(theirs[goal].customers.tolist())}
        rows = np.array([c in place for c in mine.customers.tolist()], dtype=np.bool_)
        both = mine.customers[rows]
        other = theirs[goal].values[[place[c] for c in both.tolist()]]
        yield Paired(f"{goal}.ndcg_10", both, mine.values[rows] - other)


def _champion_goals(held: HeldOut, champion: Version) -> Mapping[str, HeldOutSlates]:
    """Return the champion's values on the challenger's window."""
    if champion.as_of <= held.start:
        return champion_values(champion.bundle, held)
    theirs = champion.held
    if theirs is not None and (theirs.start, theirs.until) == (held.start, held.until):
        return theirs.goals
    raise CannotCompareError(
        f"the champion, version {champion.number}, learned of purchases until "
        f"{date_text(champion.as_of)}, and the challenger holds out those of "
        f"{date_text(held.start)} to {date_text(held.until - DAY)}; train the challenger as of "
        f"{date_text(champion.as_of)}, or a label window or more after it"
    )


def _model(name: str, held: HeldOutModel, champion: Version) -> Paired:
    """Let the champion's model score the challenger's rows."""
    model = champion.models[name]
    place = {column: k for k, column in enumerate(held.columns)}
    absent = [column for column in model.columns if column not in place]
    if absent:
        raise CannotCompareError(
            f"the champion's model {name} reads {absent[0]}, which the challenger's rows lack; "
            "train the champion's recipe again with today's columns"
        )
    _must_be_new(name, held, champion)
    theirs = model.predict(held.x[:, [place[column] for column in model.columns]]).mean
    both = ~np.isnan(theirs) & ~np.isnan(held.mean)
    y, mine, other = held.y[both], held.mean[both], theirs[both]
    if held.kind == "propensity":
        gain = log_losses(y, other) - log_losses(y, mine)
        return Paired(f"{name}.log_loss", held.customers[both], gain)
    gain = relative_errors(y, other, other) - relative_errors(y, mine, other)
    return Paired(f"{name}.relative_error", held.customers[both], gain)


def _must_be_new(name: str, held: HeldOutModel, champion: Version) -> None:
    """Raise where the champion may have learned from the rows.

    It has not where they are later than all it saw, nor where its own run held the same moments
    out.
    """
    first = int(held.as_of.min()) if held.as_of.size else 0
    if champion.as_of <= first:
        return
    theirs = champion.held.models.get(name) if champion.held is not None else None
    if theirs is not None and np.isin(held.as_of, theirs.as_of).all():
        return
    raise CannotCompareError(
        f"the champion, version {champion.number}, learned from {date_text(champion.as_of)} "
        f"backwards, and the rows of {name} begin at {date_text(first)}; train the challenger as "
        f"of {date_text(champion.as_of)}, or later by more than its outcome windows"
    )
