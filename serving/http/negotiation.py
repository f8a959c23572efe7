"""Choosing what a caller prefers, from an ``Accept`` or ``Accept-Language`` header."""

from collections.abc import Sequence


def preferred(header: str | None, offers: Sequence[str]) -> str:
    """Return the offer with the highest weight; the first one when none is named."""
    weights = _weights(header or "")
    best = max(offers, key=lambda offer: _weight(offer, weights))
    return best if _weight(best, weights) > 0 else offers[0]


def _weight(offer: str, weights: dict[str, float]) -> float:
    """Weigh by the most precise match: itself, its range, its language, then anything."""
    family = offer.partition("/")[0] + "/*"
    regional = [weight for name, weight in weights.items() if name.startswith(f"{offer}-")]
    for name in (offer, family):
        if name in weights:
            return weights[name]
    return max(regional) if regional else weights.get("*/*", weights.get("*", 0.0))


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = [value[2:] for value in parameters if value.startswith("q=")]
        weights[name] = _number(quality[0]) if quality else 1.0
    return weights


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
