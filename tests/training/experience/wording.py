"""Small corpora in several languages, whose sentiment is known because it was written in."""

import numpy as np

GOOD = {
    "english": [
        "lovely",
        "perfect",
        "soft",
        "beautiful",
        "friendly",
        "quick",
        "excellent",
        "delicious",
    ],
    "french": [
        "parfait",
        "agréable",
        "délicieux",
        "rapide",
        "aimable",
        "superbe",
        "propre",
        "frais",
    ],
    "russian": ["прекрасно", "вкусно", "быстро", "отлично", "свежий", "удобно", "чисто", "вежливо"],
    "arabic": ["ممتاز", "رائع", "لذيذ", "سريع", "جميل", "نظيف", "مريح", "طازج"],
}
BAD = {
    "english": ["broken", "late", "rude", "dirty", "awful", "stale", "expensive", "useless"],
    "french": ["cassé", "sale", "lent", "cher", "impoli", "périmé", "inutile", "affreux"],
    "russian": ["ужасно", "грязно", "дорого", "медленно", "сломан", "хамство", "плохо", "поздно"],
    "arabic": ["سيئ", "متأخر", "مكسور", "غالي", "قذر", "بطيء", "فظيع", "تالف"],
}
FILLER = {
    "english": ["the", "shop", "was", "today", "and", "it", "with", "my", "order", "from", "this"],
    "french": ["le", "magasin", "était", "avec", "la", "commande", "et", "cette", "du", "jour"],
    "russian": ["магазин", "сегодня", "был", "заказ", "мой", "это", "вчера", "товар", "и"],
    "arabic": ["المتجر", "كان", "اليوم", "مع", "طلبي", "هذا", "من", "و", "الأمس"],
}
CHINESE_GOOD = ["质量很好", "非常满意", "送货快", "味道好", "服务热情"]
CHINESE_BAD = ["质量很差", "非常失望", "送货慢", "味道差", "态度恶劣"]
CHINESE_FILLER = ["我今天买的", "这家店的东西", "昨天收到", "一共三件"]


def written(language: str, n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Write n comments, half of them good: one telling word among some that tell nothing."""
    rng = np.random.default_rng(seed)
    good = rng.random(n) < 0.5
    if language == "chinese":
        return [_chinese(mood, rng) for mood in good], good
    return [_spaced(language, mood, rng) for mood in good], good


def _spaced(language: str, good: bool, rng: np.random.Generator) -> str:
    words = list(rng.choice(FILLER[language], int(rng.integers(3, 8))))
    telling = str(rng.choice((GOOD if good else BAD)[language]))
    words.insert(int(rng.integers(len(words))), telling)
    return " ".join(words) + str(rng.choice([".", "!", ""]))


def _chinese(good: bool, rng: np.random.Generator) -> str:
    return f"{rng.choice(CHINESE_FILLER)},{rng.choice(CHINESE_GOOD if good else CHINESE_BAD)}。"
