"""Reason codes are data that people and machines read for years."""

from decisioning.reasons import CODE, PASSED, REASONS, STAGES, sentence


def test_codes_are_unique_and_their_stages_exist():
    assert len(CODE) == len(REASONS)
    assert {r.stage for r in REASONS} <= set(STAGES)
    assert REASONS[PASSED].code == "passed"


def test_positions_never_move():
    """Records hold the position; append to REASONS, never insert."""
    assert [r.code for r in REASONS] == [
        "passed", "unknown_subject", "not_active", "discontinued", "channel_not_supported",
        "condition_false", "condition_unknown", "filtered", "excluded",
        "consent_unknown", "consent_denied", "consent_withdrawn", "consent_expired",
        "stock_unknown", "stock_stale", "out_of_stock", "no_sellable_item", "contact_cap",
        "cool_down", "quiet_hours", "negative_value", "control_group", "not_in_slate",
        "fatigue", "journey", "price_floor", "budget_spent",
    ]  # fmt: skip


def test_every_reason_speaks_two_languages():
    for verdict, reason in enumerate(REASONS):
        assert sentence(verdict) == reason.en
        assert sentence(verdict, "fr") == reason.fr
        assert reason.en != reason.fr
        assert reason.en.endswith(".")
        assert reason.fr.endswith(".")


def test_what_arbitration_drops_had_passed_every_gate():
    """Such candidates keep their terms and probabilities in the record; gated ones have none."""
    passed = {r.code for r in REASONS if r.stage in ("arbitration", "control", "slate")}
    assert passed == {"passed", "negative_value", "budget_spent", "control_group", "not_in_slate"}
