"""Requests for feedback after orders and contacts: who was asked, who answered, and what.

Those who do not answer have a mood and would have given a score: ``score`` stands in every row,
``answered`` says whether the shop ever sees it. So the truth behind non-response is known.
"""

import numpy as np
import pandas as pd

from features.sources.simulated.comments import tones, write_comments
from features.sources.simulated.customers import Characters, Flags, draw_mood, level_of, recent
from features.sources.simulated.phrases import SHOP_TOPICS
from features.sources.simulated.world import DAY, HOUR, Floats, Texts, World

ASKED_PER_ORDER = 0.12
ASKED_PER_CONTACT = 0.6
RESPONSE_BASE = -1.15  # log-odds of an answer at mood 0, without trouble
RESPONSE_EAGER = 0.9  # per unit of log eagerness, centred
RESPONSE_TROUBLE = 0.5
RESPONSE_MOOD = -0.35  # the unhappy answer more
EFFORT = {"unresolved": 1.6, "again": 0.9, "slow": 0.35}  # log-odds of effort; slow: per day
EFFORT_TEMPER, EFFORT_NOISE = 0.3, 0.8
WEB_SHARE = 0.25
TOPIC_OF_TROUBLE = 0.7
COMMENT_SHARE = 0.4
# metric, share of the surveys after orders, lowest score, highest score
SCALES = (("nps", 0.4, 0, 10), ("csat", 0.35, 1, 5), ("stars", 0.25, 1, 5))
CHANNELS, CHANNEL_SHARES = ("email", "sms", "app", "till"), (0.6, 0.15, 0.1, 0.15)


def draw_order_surveys(
    world: World,
    characters: Characters,
    met: pd.DataFrame,
    contacts: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Ask after orders: NPS, CSAT or stars, one row a request."""
    order = np.flatnonzero(rng.random(len(world.order_at)) < ASKED_PER_ORDER)
    customer, at = world.order_customer[order], world.order_at[order]
    contacted = pd.DataFrame({"customer": contacts["customer"], "at": contacts["opened_at"]})
    after_out = recent(met, customer, at)
    after_contact = recent(contacted, customer, at)
    mood = draw_mood(characters, customer, after_out, after_contact, rng)
    kind = rng.choice(len(SCALES), len(order), p=[share for _, share, _, _ in SCALES])
    low = np.array([scale[2] for scale in SCALES])[kind]
    high = np.array([scale[3] for scale in SCALES])[kind]
    level = level_of(mood)
    web = rng.random(len(order)) < WEB_SHARE
    asked = pd.DataFrame(
        {
            "customer": customer,
            "metric": np.array([scale[0] for scale in SCALES], dtype=object)[kind],
            "touchpoint": np.where(after_contact, "service", np.where(web, "web", "shop")),
            "channel": rng.choice(np.array(CHANNELS, dtype=object), len(order), p=CHANNEL_SHARES),
            "asked_at": at + rng.integers(HOUR, 2 * DAY, len(order)),
            "score": np.rint(low + level * (high - low)).astype(np.int64),
            "level": level,
            "topic": _topics(len(order), after_out, after_contact, rng),
        }
    )
    return _respond(asked, characters, mood, after_out | after_contact, rng)


def draw_effort_surveys(
    world: World, characters: Characters, contacts: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Ask after service contacts: CES, where 7 is easy."""
    some = contacts[rng.random(len(contacts)) < ASKED_PER_CONTACT]
    waited = (some["closed_at"] - some["opened_at"]).astype("Float64").fillna(7.0 * DAY) / DAY
    mood = (
        EFFORT_TEMPER * characters.temper[some["customer"]]
        + EFFORT_NOISE * rng.normal(0.0, 1.0, len(some))
        - EFFORT["unresolved"] * ~some["resolved"].to_numpy()
        - EFFORT["again"] * some["again"].to_numpy()
        - EFFORT["slow"] * np.minimum(waited.to_numpy(dtype=np.float64), 4.0)
    )
    level = level_of(mood)
    since = some["closed_at"].fillna(some["opened_at"] + 7 * DAY).astype(np.int64).to_numpy()
    asked = pd.DataFrame(
        {
            "customer": some["customer"].to_numpy(),
            "metric": "ces",
            "touchpoint": "service",
            "channel": np.where(some["channel"] == "phone", "sms", "email"),
            "asked_at": since + rng.integers(HOUR, DAY, len(some)),
            "score": np.rint(1 + level * 6).astype(np.int64),
            "level": level,
            "topic": some["topic"].to_numpy(),
        }
    )
    return _respond(asked, characters, mood, np.zeros(len(some), dtype=np.bool_), rng)


def _topics(size: int, after_out: Flags, after_contact: Flags, rng: np.random.Generator) -> Texts:
    topic = rng.choice(np.array(SHOP_TOPICS, dtype=object), size)
    told = rng.random(size) < TOPIC_OF_TROUBLE
    service = rng.choice(np.array(("delivery", "refund", "account", "staff"), dtype=object), size)
    topic = np.where(after_contact & told, service, topic)
    return np.where(after_out & told, "stock", topic)


def _respond(
    asked: pd.DataFrame,
    characters: Characters,
    mood: Floats,
    trouble: Flags,
    rng: np.random.Generator,
) -> pd.DataFrame:
    eager = np.log(characters.eager[asked["customer"]]) + 0.3
    odds = (
        RESPONSE_BASE + RESPONSE_EAGER * eager + RESPONSE_TROUBLE * trouble + RESPONSE_MOOD * mood
    )
    answered = rng.random(len(asked)) < 1 / (1 + np.exp(-odds))
    lag = rng.integers(600, 3 * DAY, len(asked))
    return asked.assign(answered=answered, answered_at=asked["asked_at"] + lag)


def finish_surveys(
    world: World, characters: Characters, parts: list[pd.DataFrame], rng: np.random.Generator
) -> pd.DataFrame:
    """Give ids and words: columns of ``feedback_requests`` and, where answered, of ``feedback``.

    An answer that would come after the last purchase is not there yet.
    """
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["asked_at"] <= world.end]
    rows = rows.sort_values(["asked_at", "customer", "metric"], kind="stable", ignore_index=True)
    rows["answered"] &= rows["answered_at"] <= world.end
    rows["customer_id"] = world.customers[rows["customer"]]
    rows["request_id"] = "fr-" + rows.index.astype("str")
    rows["feedback_id"] = "fb-" + rows.index.astype("str")
    tone = tones(rows["level"].to_numpy(), rng)
    spoken = rows["answered"].to_numpy() & (rng.random(len(rows)) < COMMENT_SHARE)
    rows["comment"] = None
    rows.loc[spoken, "comment"] = write_comments(
        rows["topic"].to_numpy()[spoken],
        tone[spoken],
        characters.french[rows["customer"][spoken]],
        rng,
    )
    return rows
