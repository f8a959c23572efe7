"""Which CRM record and which loyalty card are likely one person: Splink on DuckDB, offline.

The model is that of Fellegi and Sunter (1969); its weights are learned from the two files by
expectation maximisation, without labels. A link is accepted only if it is likely and the best one
of both its ends, as each system is taken to hold a person once.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from features.errors import IdentityError
from features.identity.records import read_records

_SEED = 1
_SAMPLED_PAIRS = 1e6
_NAMED_RECALL = 0.7
"""Share of true pairs that the certain rules are taken to find; it only starts the learning."""

_BLOCKS: tuple[tuple[str, ...], ...] = (
    ("email",),
    ("phone",),
    ("first_name", "birth_date"),
    ("last_name", "birth_date"),
    ("first_name", "last_name"),
    ("last_name", "postal_code"),
    ("birth_date", "postal_code"),
)
"""Records are compared when they agree on all fields of one of these."""
_CERTAIN = (("email",), ("first_name", "last_name", "birth_date"))
_TRAINING = (("email",), ("first_name", "last_name"), ("birth_date",))


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person.

    Parameters
    ----------
    crm_id, loyalty_card
        Their ids.
    probability
        0 to 1, by the model. It is too sure of itself where fields repeat each other (an e-mail
        that contains the name): choose the threshold on pairs checked by hand.
    crm, loyalty
        What each record says, by field; None where it says nothing.
    agreement
        How well they agree, by field: same, close, different or missing.
    """

    crm_id: str
    loyalty_card: str
    probability: float
    crm: dict[str, str | None]
    loyalty: dict[str, str | None]
    agreement: dict[str, str]


@dataclass(frozen=True)
class Matches:
    """Links to make, and pairs for a person to look at; best first."""

    accepted: tuple[Pair, ...]
    review: tuple[Pair, ...]


def match_records(
    crm: Path, loyalty: Path, *, threshold: float = 0.9, review_from: float = 0.5
) -> Matches:
    """Match two files of records.

    Parameters
    ----------
    crm, loyalty
        See :func:`features.identity.records.read_records`.
    threshold
        Accept from this probability on, if the pair is the best of both its records.
    review_from
        Pairs from this probability on that are not accepted, and of which neither record has an
        accepted link, are for review.

    Raises
    ------
    IdentityError
        If Splink is not installed, or nothing can be learned from the files.
    SourceError
        If a file is not as it should be.
    ValueError
        If not ``0 < review_from <= threshold <= 1``.
    """
    if not 0 < review_from <= threshold <= 1:
        raise ValueError(f"review_from={review_from} and threshold={threshold} are out of order")
    _require_splink()
    con = duckdb.connect()
    try:
        con.execute(
            "set threads = 1"
        )  # sums of floats in one order: the same files, the same pairs
        fields = read_records(con, crm, loyalty)
        con.register("scored", _predict(con, fields, review_from))
        rows = con.sql(_SORTED.format(threshold=threshold)).to_arrow_table().to_pylist()
    finally:
        con.close()
    pairs = [(_pair(row, fields), bool(row["mutual"])) for row in rows]
    accepted = [pair for pair, mutual in pairs if mutual]
    taken = {p.crm_id for p in accepted}, {p.loyalty_card for p in accepted}
    review = [
        pair
        for pair, mutual in pairs
        if not mutual and pair.crm_id not in taken[0] and pair.loyalty_card not in taken[1]
    ]
    return Matches(tuple(accepted), tuple(review))


# Best and only best: of two equally likely partners neither is taken.
_SORTED = """
with ranked as (
    select *,
        rank() over (partition by unique_id_l order by match_probability desc) as of_crm,
        rank() over (partition by unique_id_r order by match_probability desc) as of_card
    from scored
),
firsts as (
    select *,
        count(*) filter (of_crm = 1) over (partition by unique_id_l) as equals_crm,
        count(*) filter (of_card = 1) over (partition by unique_id_r) as equals_card
    from ranked
)
select *, match_probability >= {threshold} and of_crm = 1 and of_card = 1
    and equals_crm = 1 and equals_card = 1 as mutual
from firsts
order by match_probability desc, unique_id_l, unique_id_r
"""


def _require_splink() -> None:
    if find_spec("splink") is None:
        raise IdentityError(
            "Matching needs Splink, which is not installed.",
            'pip install "nextbest[identity]".',
        )


def _predict(con: DuckDBPyConnection, fields: Sequence[str], least: float) -> pa.Table:
    """Learn the weights and score every pair that a blocking rule brings together."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink.internals.exceptions import SplinkException

    api = DuckDBAPI(connection=con)
    # Splink calls the name that sorts first the left one.
    tables = [
        api.register(con.table(name).to_arrow_table(), dataset_display_name=f"{name}_records")
        for name in ("crm", "loyalty")
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(field) for field in fields],
        blocking_rules_to_generate_predictions=[
            block_on(*block) for block in _possible(_BLOCKS, fields)
        ],
        retain_intermediate_calculation_columns=True,
    )
    linker = Linker(tables, settings, log_level=logging.ERROR)
    try:
        _learn(linker, fields)
    except SplinkException as error:
        raise IdentityError(
            f"Nothing can be learned from these files ({error}).",
            "give more records, or more columns that both files have.",
        ) from error
    return linker.inference.predict(threshold_match_probability=least).as_pyarrow_table()


def _learn(linker: Any, fields: Sequence[str]) -> None:  # noqa: ANN401 - imported when used
    from splink import block_on

    certain = [block_on(*rule) for rule in _possible(_CERTAIN, fields)]
    if certain:
        linker.training.estimate_probability_two_random_records_match(certain, recall=_NAMED_RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=_SEED)
    for rule in _possible(_TRAINING, fields):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))


def _possible(rules: Sequence[Sequence[str]], fields: Sequence[str]) -> list[Sequence[str]]:
    return [rule for rule in rules if set(rule) <= set(fields)]


def _comparison(field: str) -> Any:  # noqa: ANN401 - imported when used
    """Compare names by Jaro and Winkler, frequent ones counting less, and the rest by edits.

    Similar e-mails and dates of different people begin alike, which Jaro and Winkler reward.
    """
    import splink.comparison_library as cl

    if field in ("first_name", "last_name"):
        return cl.JaroWinklerAtThresholds(field, [0.92, 0.8]).configure(
            term_frequency_adjustments=True
        )
    if field == "postal_code":
        return cl.ExactMatch(field)
    return cl.LevenshteinAtThresholds(field, [1, 2])


def _pair(row: dict[str, Any], fields: Sequence[str]) -> Pair:
    sides = [{f: row[f"{f}_{side}"] for f in fields} for side in ("l", "r")]
    return Pair(
        str(row["unique_id_l"]),
        str(row["unique_id_r"]),
        float(row["match_probability"]),
        sides[0],
        sides[1],
        {f: _agreement(int(row[f"gamma_{f}"]), sides[0][f], sides[1][f]) for f in fields},
    )


def _agreement(level: int, one: str | None, other: str | None) -> str:
    if level < 0:
        return "missing"
    if one == other:
        return "same"
    return "close" if level > 0 else "different"
