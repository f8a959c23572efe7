"""What the words of simulated customers are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

CONTACT_TOPICS = ("delivery", "refund", "product", "account", "loyalty points")
SHOP_TOPICS = ("queue", "prices", "staff", "product", "stock", "loyalty points")
UNHAPPY, MIXED, HAPPY = 0, 1, 2

Tones = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Phrases:
    """Parts of one language, each by tone: unhappy, mixed, happy.

    Parameters
    ----------
    openers, closers
        Sentences that fit any topic.
    joint
        Joins a good and a bad sentence into a mixed one.
    topics
        Topic -> sentences about it.
    """

    openers: Tones
    closers: Tones
    joint: str
    topics: Mapping[str, Tones]
