"""Comments put together from parts: two languages, three tones, typos, emoji."""

import numpy as np

from features.sources.simulated.phrases import HAPPY, MIXED, UNHAPPY, Phrases
from features.sources.simulated.phrases_en import ENGLISH
from features.sources.simulated.phrases_fr import FRENCH
from features.sources.simulated.world import Floats, Ints, Texts

FRENCH_SHARE = 0.3  # of the customers
OPENER_SHARE = 0.35
CLOSER_SHARE = 0.4
JOINT_SHARE = 0.4  # of the mixed comments: a good sentence and a bad one
SLIP_SHARE = 0.06  # of the comments: tone of a neighbour, for words and scores disagree at times
TYPO_SHARE = 0.12
EMOJI_SHARE = 0.08
EMOJI = (("😡", "👎", "🙄"), ("🤔", "😐"), ("😊", "👍", "❤️"))


def tones(level: Floats, rng: np.random.Generator) -> Ints:
    """Tone of each comment, 0 unhappy to 2 happy, from the writer's level in 0..1."""
    tone = np.digitize(level, [0.45, 0.75]).astype(np.int64)
    slip = np.where(rng.random(len(level)) < SLIP_SHARE, rng.choice([-1, 1], len(level)), 0)
    slipped: Ints = np.clip(tone + slip, UNHAPPY, HAPPY)
    return slipped


def write_comments(topics: Texts, tone: Ints, french: Ints, rng: np.random.Generator) -> Texts:
    """Write one comment each.

    Parameters
    ----------
    topics
        Key of :attr:`Phrases.topics`, shape (n,).
    tone
        0 unhappy, 1 mixed, 2 happy, shape (n,).
    french
        Whether the writer speaks French, 1 or 0, shape (n,).
    """
    words = np.empty(len(topics), dtype=object)
    for k, (topic, mood, is_french) in enumerate(zip(topics, tone, french, strict=True)):
        words[k] = _comment(FRENCH if is_french else ENGLISH, str(topic), int(mood), rng)
    return words


def _comment(phrases: Phrases, topic: str, tone: int, rng: np.random.Generator) -> str:
    parts = [_core(phrases, topic, tone, rng)]
    if rng.random() < OPENER_SHARE:
        opener = _one(phrases.openers[tone], rng)
        if opener.endswith(",") and not parts[0].startswith("I "):
            parts[0] = _lowered(parts[0])
        parts.insert(0, opener)
    if rng.random() < CLOSER_SHARE:
        parts.append(_one(phrases.closers[tone], rng))
    text = " ".join(parts)
    if rng.random() < TYPO_SHARE:
        text = _misspell(text, rng)
    if rng.random() < EMOJI_SHARE:
        text = f"{text} {_one(EMOJI[tone], rng)}"
    return text


def _core(phrases: Phrases, topic: str, tone: int, rng: np.random.Generator) -> str:
    sentences = phrases.topics[topic]
    if tone != MIXED or rng.random() >= JOINT_SHARE:
        return _one(sentences[tone], rng)
    other = _one(tuple(sorted(phrases.topics)), rng)
    good = _one(phrases.topics[other][HAPPY], rng).rstrip(".!")
    bad = _one(sentences[UNHAPPY], rng)
    return f"{good}, {phrases.joint} {bad if bad.startswith('I ') else _lowered(bad)}"


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _one(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _misspell(text: str, rng: np.random.Generator) -> str:
    """Swap two neighbours, drop a letter, or type everything small."""
    at = int(rng.integers(1, len(text) - 1))
    kind = int(rng.integers(3))
    if kind == 0:
        return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    return text.lower()
