"""What lies behind a customer's answers, and is in no table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.sources.simulated.comments import FRENCH_SHARE
from features.sources.simulated.world import DAY, Floats, Ints, World

Flags = NDArray[np.bool_]

TEMPER_WEIGHT = 0.6
NOISE_WEIGHT = 0.8
STOCK_OUT_PENALTY = 0.9  # in standard deviations of satisfaction
CONTACT_PENALTY = 0.7
MEMORY_DAYS = 60


@dataclass(frozen=True)
class Characters:
    """Hidden traits.

    Parameters
    ----------
    eager
        How readily the customer answers, log-normal, shape (n_customers,).
    temper
        How content by nature, standard normal, shape (n_customers,).
    french
        1 for those who write in French, else 0, shape (n_customers,).
    """

    eager: Floats
    temper: Floats
    french: Ints


def draw_characters(
    world: World, rng: np.random.Generator, language: np.random.Generator
) -> Characters:
    """Draw the traits of every customer."""
    n = len(world.customers)
    eager = rng.lognormal(-0.3, 0.8, n)
    temper = rng.normal(0.0, 1.0, n)
    return Characters(eager, temper, (language.random(n) < FRENCH_SHARE).astype(np.int64))


def recent(happened: pd.DataFrame, customer: Ints, at: Ints) -> Flags:
    """Whether each moment follows something of the same customer by at most ``MEMORY_DAYS``.

    Parameters
    ----------
    happened
        Columns ``customer`` (index) and ``at`` (epoch seconds).
    customer, at
        The moments, shape (n,).
    """
    # One sorted axis per customer: customer index and time folded into one number.
    fold = 10**11
    marks: Ints = np.sort(
        happened["customer"].to_numpy().astype(np.int64) * fold
        + happened["at"].to_numpy().astype(np.int64)
    )
    upto = customer * fold + at
    return np.asarray(
        np.searchsorted(marks, upto) > np.searchsorted(marks, upto - MEMORY_DAYS * DAY)
    )


def draw_mood(
    characters: Characters,
    customer: Ints,
    after_out: Flags,
    after_contact: Flags,
    rng: np.random.Generator,
) -> Floats:
    """Mood of a moment, mean 0 and deviation 1 without trouble, shape (n,)."""
    mood: Floats = (
        TEMPER_WEIGHT * characters.temper[customer]
        + NOISE_WEIGHT * rng.normal(0.0, 1.0, len(customer))
        - STOCK_OUT_PENALTY * after_out
        - CONTACT_PENALTY * after_contact
    )
    return mood


def level_of(mood: Floats) -> Floats:
    """Satisfaction 0..1 of a mood."""
    level: Floats = 1 / (1 + np.exp(-(1.1 + 1.2 * mood)))
    return level
