"""A name that was probably meant, for a message about one that was not found."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(name: str, known: Iterable[str]) -> str:
    """Render ``did you mean x?`` or, when nothing is close, the list of what there is."""
    names = sorted({str(candidate) for candidate in known})
    by_folded = {candidate.casefold(): candidate for candidate in names}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {by_folded[close[0]]}?"
    return f"use one of: {', '.join(names)}."
