"""CRM and loyalty records of known people, with the faults that such records have."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

N_FIRST, N_LAST, N_DOMAINS, N_POSTAL = 600, 2_500, 12, 900
SYLLABLES = ["an", "be", "ca", "do", "el", "fa", "gi", "ho", "in", "jo", "ka", "lu", "ma", "ne",
             "or", "pa", "qui", "ra", "so", "ti", "ur", "vi", "wen", "xa", "yo", "ze"]  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz"
OVERLAP = 0.7
"""Share of each file whose person is in the other one too."""

FAMILY = 0.3
"""Share of people who live with the person before them: same family name, place and telephone."""
TYPO = {"first_name": 0.08, "last_name": 0.08, "email": 0.05, "birth_date": 0.03, "phone": 0.03}
MISSING = {"email": 0.12, "birth_date": 0.08, "phone": 0.3, "postal_code": 0.05}
CHANGED = {"email": 0.10, "phone": 0.15, "postal_code": 0.15, "last_name": 0.02}


@dataclass(frozen=True)
class RecordSet:
    """Two files and the truth between them.

    Parameters
    ----------
    crm, loyalty
        Paths of Parquet files.
    pairs
        The (crm_id, loyalty_card) that are one person.
    """

    crm: Path
    loyalty: Path
    pairs: frozenset[tuple[str, str]]


def make_records(folder: Path, size: int, seed: int) -> RecordSet:
    """Write two files of ``size`` records each, of which ``OVERLAP`` are of the same people."""
    rng = np.random.default_rng(seed)
    both = int(size * OVERLAP)
    people = _people(2 * size - both, rng)
    in_crm, in_loyalty = people.iloc[:size], people.iloc[size - both :]
    crm = _faulty(in_crm, rng).assign(crm_id=[f"r{k:06d}" for k in rng.permutation(size)])
    loyalty = _faulty(in_loyalty, rng)
    loyalty = loyalty.assign(loyalty_card=[f"l{k:06d}" for k in rng.permutation(size)])
    truth = crm[["crm_id"]].join(loyalty[["loyalty_card"]], how="inner")
    pairs = frozenset(zip(truth["crm_id"], truth["loyalty_card"], strict=True))
    paths = folder / "crm.parquet", folder / "loyalty.parquet"
    for frame, path in zip((crm, loyalty), paths, strict=True):
        frame.sample(frac=1, random_state=seed).to_parquet(path, index=False)
    return RecordSet(*paths, pairs)


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    first = _names(N_FIRST, rng)[_zipf(n, N_FIRST, rng)]
    last = _names(N_LAST, rng)[_zipf(n, N_LAST, rng)]
    postal = _zipf(n, N_POSTAL, rng)
    phone = rng.integers(0, 10**8, n)
    with_family = 1 + np.flatnonzero(rng.random(n - 1) < FAMILY)
    for shared in (last, postal, phone):
        shared[with_family] = shared[with_family - 1]
    born = np.datetime64("1930-01-01") + rng.integers(0, 75 * 365, n)
    domain = _zipf(n, N_DOMAINS, rng)
    digits = rng.integers(0, 100, n)
    style = rng.integers(0, 3, n)
    email = [
        f"{(f, f[0], f)[s]}{('.', '', '_')[s]}{name}{d if s else ''}@mail{m}.example"
        for f, name, s, d, m in zip(first, last, style, digits, domain, strict=True)
    ]
    return pd.DataFrame(
        {
            "first_name": first,
            "last_name": last,
            "email": email,
            "birth_date": born.astype(str),
            "phone": [f"06{k:08d}" for k in phone],
            "postal_code": [f"{10_000 + 97 * k}" for k in postal],
        }
    )


def _names(n: int, rng: np.random.Generator) -> np.ndarray:
    names: dict[str, None] = {}
    while len(names) < n:
        parts = rng.choice(len(SYLLABLES), int(rng.integers(2, 5)))
        names["".join(SYLLABLES[k] for k in parts)] = None
    return np.array(list(names), dtype=object)


def _zipf(n: int, values: int, rng: np.random.Generator) -> np.ndarray:
    weight = 1 / (np.arange(values) + 5)
    return rng.choice(values, n, p=weight / weight.sum())


def _faulty(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    frame = people.copy()
    for field, share in CHANGED.items():
        other = people[field].to_numpy()[rng.permutation(len(people))]
        if field in ("email", "phone"):
            other = np.array([f"x{k}{v}" if field == "email" else f"07{k:08d}"
                              for k, v in zip(rng.integers(0, 10**8, len(people)), other,
                                              strict=True)], dtype=object)  # fmt: skip
        frame[field] = frame[field].where(rng.random(len(frame)) >= share, other)
    for field, share in TYPO.items():
        hit = rng.random(len(frame)) < share
        frame.loc[hit, field] = [_typo(str(value), rng) for value in frame.loc[hit, field]]
    for field, share in MISSING.items():
        frame[field] = frame[field].where(rng.random(len(frame)) >= share, None)
    return frame


def _typo(value: str, rng: np.random.Generator) -> str:
    """One letter or digit lost, doubled, swapped with the next or mistaken."""
    at = int(rng.integers(0, len(value) - 1))
    if value[at].isdigit() or value[at] == "-":
        digits = [k for k, letter in enumerate(value) if letter.isdigit()]
        at = digits[int(rng.integers(0, len(digits)))]
        return value[:at] + str(rng.integers(0, 10)) + value[at + 1 :]
    letter = LETTERS[int(rng.integers(0, 26))]
    return [
        value[:at] + value[at + 1 :],
        value[: at + 1] + value[at:],
        value[:at] + value[at + 1] + value[at] + value[at + 2 :],
        value[:at] + letter + value[at + 1 :],
    ][int(rng.integers(0, 4))]
