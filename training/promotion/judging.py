"""All gates, in order, for one challenger."""

from collections.abc import Iterator

from features.definitions import FEATURES
from features.errors import SourceError
from features.settings import Settings
from features.tables import data_end, open_tables
from training.promotion.gates import (
    Gate,
    better_gates,
    calibrated_gates,
    fresh_gate,
    schema_gate,
    segment_gates,
)
from training.promotion.pairing import CannotCompareError, Version, paired
from training.promotion.rules import PromotionRules
from training.promotion.segments import segments_of


def judge(
    settings: Settings, rules: PromotionRules, challenger: Version, champion: Version | None
) -> Iterator[Gate]:
    """Ask every gate; without a champion, those that need none."""
    yield schema_gate(challenger, [feature.name for feature in FEATURES])
    try:
        end = data_end(settings.tables)
    except SourceError as error:
        # A home of a registry alone: nothing here says how old the challenger's data are.
        yield Gate("fresh", passed=False, said=error.message)
        return
    yield fresh_gate(challenger, end, rules)
    yield from calibrated_gates(challenger.held, rules)
    if champion is None:
        return
    try:
        pairs = list(paired(challenger, champion))
    except CannotCompareError as error:
        yield Gate("better", passed=False, said=f"cannot be compared: {error}")
        return
    yield from better_gates(pairs, challenger, champion, rules)
    held = challenger.held
    if held is not None:
        segments = segments_of(open_tables(settings.tables), held.start, held.customers())
        yield from segment_gates(pairs, segments, rules)
