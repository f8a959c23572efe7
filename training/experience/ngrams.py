"""N-grams of words and of characters, as 64-bit hashes, by arrays rather than by loops.

The hash of the text between two places is a difference of prefix sums (Karp and Rabin 1987,
modulo 2**64), so one pass over the characters gives every n-gram of every length. The same text
has the same hash on every machine.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_INVERSE = pow(_BASE, -1, 2**64)
_SPACE, _MARK, _WORD, _APOSTROPHE = range(4)


@dataclass(frozen=True)
class Grams:
    """N-grams of several comments, repeats included.

    Parameters
    ----------
    row
        int64 (n-grams,): which comment.
    key
        uint64 (n-grams,): hash of the n-gram.
    """

    row: I64
    key: U64


@dataclass(frozen=True)
class _Line:
    """Comments laid end to end, a space before, between and after them."""

    code: NDArray[np.uint32]
    row: I64
    sums: U64
    shift: U64

    def hash(self, start: I64, end: I64) -> U64:
        """Hash the text from each ``start`` up to each ``end``."""
        return _mix((self.sums[end] - self.sums[start]) * self.shift[start])


def word_grams(texts: Sequence[str], longest: int = 2) -> Grams:
    """Return runs of 1 to ``longest`` words; a mark or an emoji is a word of its own.

    A word is letters, digits, combining marks and ``_``, with apostrophes inside it.
    """
    line = _lay(texts)
    start, end = word_places(line.code)
    row, single = line.row[start], line.hash(start, end)
    rows, keys, key = [row], [single], single
    for n in range(2, longest + 1):
        key = _mix(key[:-1] * np.uint64(_BASE) + single[n - 1 :])
        inside = row[n - 1 :] == row[: key.size]
        rows.append(row[: key.size][inside])
        keys.append(key[inside])
    return Grams(np.concatenate(rows), np.concatenate(keys))


def character_grams(texts: Sequence[str], lengths: Sequence[int]) -> Grams:
    """Return runs of characters that lie in one stretch without white space.

    The space before and after the stretch belongs to it, as in scikit-learn's ``char_wb``. Texts
    must have single spaces only.
    """
    line = _lay(texts)
    space = _classes()[line.code] == _SPACE
    before = np.concatenate([[0], np.cumsum(space)])
    rows, keys = [], []
    for n in lengths:
        start = np.arange(max(line.code.size - n + 1, 0))
        inner = before[start + n - 1] - before[start + 1]
        start = start[(inner == 0) & ~(space[start] & space[start + n - 1] & (n < 3))]
        rows.append(line.row[start + 1])
        keys.append(line.hash(start, start + n))
    return Grams(np.concatenate(rows), np.concatenate(keys))


def word_places(code: NDArray[np.uint32]) -> tuple[I64, I64]:
    """Return where each word starts and ends (exclusive), in code points."""
    kind = _classes()[code]
    word = kind == _WORD
    inside = (kind == _APOSTROPHE) & np.roll(word, 1) & np.roll(word, -1)
    inside[:1] = inside[-1:] = False
    word |= inside
    mark = ~word & (kind != _SPACE)
    edge = np.diff(np.concatenate([[False], word, [False]]).astype(np.int8))
    starts, ends = (edge[:-1] == 1) | mark, (edge[1:] == -1) | mark
    return np.flatnonzero(starts), np.flatnonzero(ends) + 1


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the characters of a text as numbers; a lone surrogate is a number like another."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _lay(texts: Sequence[str]) -> _Line:
    code = code_points(" " + " ".join(texts) + " ")
    # A comment owns its characters and the space after them; the first space is nobody's.
    length = np.array([len(text) + 1 for text in texts] or [1])
    row = np.concatenate([[0], np.repeat(np.arange(length.size), length)])
    power = _powers(_BASE, code.size)
    sums = np.zeros(code.size + 1, dtype=np.uint64)
    np.cumsum(_mix(code.astype(np.uint64)) * power[:-1], out=sums[1:])
    return _Line(code, row, sums, _powers(_INVERSE, code.size))


def _powers(base: int, count: int) -> U64:
    factors = np.full(count + 1, base, dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors)


def _mix(value: U64) -> U64:
    """Spread the bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@cache
def _classes() -> NDArray[np.uint8]:
    """Return the kind of every code point of Unicode: uint8 (1,114,112,)."""
    kinds = [_kind(chr(code)) for code in range(0x110000)]
    return np.array(kinds, dtype=np.uint8)


def _kind(character: str) -> int:
    if character == "'":
        return _APOSTROPHE
    if character.isspace():
        return _SPACE
    category = unicodedata.category(character)
    return _WORD if category[0] in "LNM" or character == "_" else _MARK
