"""The search for settings: it finds better ones, keeps to its budget, and writes trials down."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest

from training.models.classifier import PARAMETERS, BoostedClassifier
from training.models.contract import Rows, TooFewRowsError
from training.models.tuning import ROUNDS, Budget, tune


class Notes:
    """A diary that a test reads."""

    def __init__(self) -> None:
        self.settings: list[Mapping[str, float | int]] = []
        self.losses: list[list[tuple[int, float]]] = []
        self.ends: list[str] = []

    @contextmanager
    def trial(self, number: int, settings: Mapping[str, float | int]) -> Iterator[None]:
        assert number == len(self.settings)
        self.settings.append(settings)
        self.losses.append([])
        yield

    def loss(self, value: float, step: int) -> None:
        self.losses[-1].append((step, value))

    def end(self, state: str) -> None:
        self.ends.append(state)


def rows(n: int, seed: int) -> Rows:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 6))
    # Products of three columns: shallow slow trees see little of it.
    chance = 1 / (1 + np.exp(-3 * x[:, 0] * x[:, 1] * np.sign(x[:, 2])))
    y = (draw.uniform(size=n) < chance).astype(np.float64)
    names = tuple("abcdef")
    return Rows(names, x, y, np.arange(n), np.zeros(n, dtype=np.int64))


def forever() -> float:
    return 0.0


def test_the_search_begins_with_todays_settings_and_finds_better() -> None:
    notes = Notes()
    found = tune(rows(900, 1), rows(900, 2), Budget(60, 12, forever), notes, seed=3)
    assert notes.settings[0] == {k: PARAMETERS[k] for k in notes.settings[0]}
    assert found.after < found.before
    assert found.tried == 12 == len(notes.ends)
    assert found.pruned == notes.ends.count("pruned") > 0
    assert 1 <= found.best.rounds <= ROUNDS
    assert found.best.parameters in notes.settings
    best = notes.losses[notes.settings.index(found.best.parameters)]
    assert min(loss for _, loss in best) >= found.after
    for state, losses in zip(notes.ends, notes.losses, strict=True):
        assert (losses[-1][0] == ROUNDS) is (state == "complete")


def test_what_was_found_can_be_fitted() -> None:
    found = tune(rows(400, 1), rows(400, 2), Budget(60, 2, forever), Notes(), seed=3)
    model = BoostedClassifier(found.best.rounds, parameters=found.best.parameters)
    assert model.fit(rows(400, 1), rows(400, 2), seed=1).columns == tuple("abcdef")


def test_the_same_seed_searches_the_same() -> None:
    first, again = Notes(), Notes()
    for notes in (first, again):
        tune(rows(300, 1), rows(300, 2), Budget(60, 3, forever), notes, seed=3)
    assert first.settings == again.settings
    assert first.losses == again.losses


def test_no_trial_begins_when_the_time_is_up() -> None:
    ticks = count(0.0, 10.0)
    found = tune(rows(300, 1), rows(300, 2), Budget(25, 50, lambda: next(ticks)), Notes(), seed=3)
    assert found.tried == 3


def test_too_few_rows_are_refused() -> None:
    few = rows(300, 1).take(np.arange(5))
    with pytest.raises(TooFewRowsError, match="too few rows to train"):
        tune(few, few, Budget(25, 50, forever), Notes(), seed=3)
