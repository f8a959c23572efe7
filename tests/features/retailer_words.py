"""What the customers of the tiny retailer say: answers, contacts, mentions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.random import Generator

DAY = 86_400
START = 1_600_000_000
SPAN = 400 * DAY
METRICS = np.array(["nps", "csat", "ces", "stars"])


def words_of_customers(
    customers: Sequence[str], rng: Generator, more: Generator
) -> dict[str, pd.DataFrame]:
    """Draw ``feedback``, ``feedback_requests`` and ``service_contacts``."""
    feedback = _feedback(customers, rng)
    return {
        "feedback_requests": _requests(feedback, more),
        "feedback": feedback,
        "service_contacts": _contacts(customers, rng, more),
    }


def _feedback(customers: Sequence[str], rng: Generator) -> pd.DataFrame:
    """Two answers in three follow a request."""
    return pd.DataFrame(
        {
            "metric": METRICS[rng.integers(0, 4, 60)],
            "feedback_id": [f"f{k}" for k in range(60)],
            "customer_id": np.array(customers, dtype=object)[rng.integers(0, 15, 60)],
            "score": rng.integers(1, 6, 60),
            "answered_at": START + rng.integers(0, SPAN, 60),
            "request_id": [f"q{k}" if k % 3 else None for k in range(60)],
        }
    )


def _requests(feedback: pd.DataFrame, more: Generator) -> pd.DataFrame:
    asked = feedback.dropna(subset="request_id")
    before = asked["answered_at"] - more.integers(1, 20 * DAY, len(asked))
    answered = asked[["request_id", "customer_id", "metric"]].assign(asked_at=before)
    silent = pd.DataFrame(
        {
            "request_id": [f"q{k}" for k in range(100, 140)],
            "customer_id": feedback["customer_id"].to_numpy()[more.integers(0, 60, 40)],
            "metric": "nps",
            "asked_at": START + more.integers(0, SPAN, 40),
        }
    )
    return pd.concat([answered, silent], ignore_index=True)


def _contacts(customers: Sequence[str], rng: Generator, more: Generator) -> pd.DataFrame:
    """60 contacts, and 15 that follow one of them within ten days."""
    opened_at = START + rng.integers(0, SPAN, 60)
    customer = np.array(customers, dtype=object)[rng.integers(0, 15, 60)]
    closed = pd.Series(opened_at + rng.integers(0, 90 * DAY, 60), dtype="Int64")
    first = pd.DataFrame(
        {
            "customer_id": customer,
            "opened_at": opened_at,
            "closed_at": closed.where(rng.random(60) < 0.7),
            "resolved": rng.random(60) < 0.8,
        }
    )
    second = first.iloc[::4].assign(closed_at=pd.NA, resolved=None)
    second["opened_at"] += more.integers(0, 10 * DAY, len(second))
    every = pd.concat([first, second], ignore_index=True)
    n = len(every)
    topics = np.array(["delivery", "refund", None], dtype=object)
    return every.assign(
        contact_id=[f"t{k}" for k in range(n)],
        resolved=every["resolved"].astype("boolean"),
        topic=topics[more.integers(0, 3, n)],
        order_id=[f"o{k}" if k % 3 == 0 else None for k in range(n)],
    )


def social_mentions(more: Generator) -> pd.DataFrame:
    """Draw mentions by ten accounts, eight of which are linked to customers some day."""
    return pd.DataFrame(
        {
            "mention_id": [f"m{k}" for k in range(80)],
            "identifier": [f"@{k}" for k in more.integers(0, 10, 80)],
            "posted_at": START + more.integers(0, SPAN, 80),
            "network": "x",
        }
    )
