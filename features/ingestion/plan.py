"""Which portions a run has to load."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.errors import SourceError
from features.sources.base import Portion, Source
from features.standing import contract


@dataclass(frozen=True)
class Step:
    """One portion of a source to load.

    Parameters
    ----------
    source
        Name of the source.
    portion
        What to load.
    fingerprint
        Of the portion, at the time of planning.
    last
        True for the last step of its source: its refused rows are then counted.
    """

    source: str
    portion: Portion
    fingerprint: str
    last: bool

    @property
    def name(self) -> str:
        """Name of the portion among those of all sources."""
        return f"{self.source}/{self.portion.name}"


@dataclass(frozen=True)
class Plan:
    """The steps of a run, in order, and how many portions need none."""

    steps: tuple[Step, ...]
    skipped: int

    def digest(self, base: str) -> str:
        """Digest of all that decides the outcome of the run.

        Parameters
        ----------
        base
            Digest of what stood before.
        """
        parts = (base, contract(), [(step.name, step.fingerprint) for step in self.steps])
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def make_plan(sources: Sequence[Source], manifest: Mapping[str, Any], *, force: bool) -> Plan:
    """Leave out the portions that stand with the same fingerprint, unless forced.

    Parameters
    ----------
    sources
        In loading order.
    manifest
        Its ``portions`` are the fingerprints that stand.
    force
        Load every portion.

    Raises
    ------
    SourceError
        If an input is missing, or two portions have one name.
    """
    stands: Mapping[str, str] = manifest["portions"]
    old_contract = any(run["contract"] != contract() for run in manifest["runs"])
    steps: list[Step] = []
    skipped = 0
    seen: set[str] = set()
    for source in sources:
        wanted: list[Step] = []
        for portion in _portions(source):
            step = Step(source.name, portion, portion.fingerprint(), last=False)
            _refuse_twin(step, seen)
            changed = stands.get(step.name) != step.fingerprint
            if force or old_contract or changed or (portion.derived and steps):
                wanted.append(step)
            else:
                skipped += 1
        if wanted:
            tail = wanted.pop()
            steps += [*wanted, Step(tail.source, tail.portion, tail.fingerprint, last=True)]
    return Plan(tuple(steps), skipped)


def _portions(source: Source) -> Sequence[Portion]:
    portions = source.portions()
    if len(portions) > 1 and any(portion.derived for portion in portions):
        raise SourceError(
            f"Source {source.name} has a derived portion and others.",
            "give a derived portion a source of its own.",
        )
    return portions


def _refuse_twin(step: Step, seen: set[str]) -> None:
    if step.name in seen:
        raise SourceError(
            f"Two portions are called {step.name}.", "give each source and portion its own name."
        )
    seen.add(step.name)
