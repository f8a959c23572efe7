"""A world of a seed: customers, catalogue, rules and truth, the same for every policy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bundle.catalogue import read_catalogue
from decisioning.catalogue import Action
from decisioning.draws import U64, subject_keys
from decisioning.policy import Policy
from features.errors import CatalogueError
from training.simulation.customers import COLUMNS, Customers, draw_customers
from training.simulation.noise import uniforms
from training.simulation.truth import Truth
from training.simulation.truth_file import WORLD, TruthSpec, read_truth

CHANNEL = "email"


@dataclass(frozen=True)
class Rules:
    """What is the same in every seed.

    Parameters
    ----------
    actions, policy
        The catalogue and the rules under test.
    truth
        How customers answer.
    channel
        Where everybody is decided about once a week.
    """

    actions: tuple[Action, ...]
    policy: Policy
    truth: TruthSpec
    channel: str = CHANNEL


@dataclass(frozen=True)
class World:
    """A seed's world over some weeks.

    Parameters
    ----------
    m
        Customers.
    """

    rules: Rules
    seed: int
    m: int
    weeks: int

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """External ids, length m."""
        return tuple(f"sim-{i:06d}" for i in range(self.m))

    @cached_property
    def keys(self) -> U64:
        """Keys of the subjects, uint64 (m,)."""
        return subject_keys(self.subjects)

    @cached_property
    def customers(self) -> Customers:
        """Traits and columns."""
        return draw_customers(self.seed, self.m, self.weeks, self.rules.truth.season)

    @cached_property
    def truth(self) -> Truth:
        """Probabilities, by week."""
        rules = self.rules
        return Truth(rules.truth, rules.actions, self.customers, self.seed, self.weeks)

    @property
    def policy(self) -> Policy:
        """The rules, with arms drawn by this world's seed."""
        return replace(self.rules.policy, seed=self.seed)

    def responses(self, week: int) -> NDArray[np.float64]:
        """Draw what decides whether a customer does what an action asks for, float64 (m, k)."""
        return self._drawn("response", week)

    def opt_outs(self, week: int) -> NDArray[np.float64]:
        """Draw what decides whether a contact leads to an opt-out, float64 (m, k)."""
        return self._drawn("opt_out", week)

    def _drawn(self, what: str, week: int) -> NDArray[np.float64]:
        ids = [a.action_id for a in self.rules.actions]
        return np.stack(
            [uniforms(self.seed, f"{what}|{name}", week, self.m) for name in ids], axis=1
        )


def read_rules(folder: Path = WORLD, channel: str = CHANNEL) -> Rules:
    """Read a catalogue and its rules; a ``truth.yaml`` beside them replaces the shipped one.

    Raises
    ------
    CatalogueError
        If a file is wrong, reads a column that the simulated customers do not have, holds an
        action whose kind ``truth.yaml`` says nothing about, or has nothing for the channel.
    """
    actions, policy = read_catalogue(folder, COLUMNS, ())
    own = folder / "truth.yaml"
    truth = read_truth(own if own.is_file() else WORLD / "truth.yaml")
    for action in actions:
        if action.kind != "none":
            truth.effect(action)
    _check_channel(actions, channel)
    return Rules(_without_models(actions), policy, truth, channel)


def _check_channel(actions: Sequence[Action], channel: str) -> None:
    made_for = sorted({c for a in actions if a.kind != "none" for c in a.channels})
    if channel not in made_for:
        raise CatalogueError(
            f"actions.yaml: no action is made for the channel {channel!r}.",
            f"choose one of {', '.join(made_for) or 'the channels, and give an action to it'}.",
        )


def _without_models(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Forget the bundle's response models: the simulated customers are learned from scratch."""
    return tuple(replace(a, model="") for a in actions)
