"""What is unknown is refused, a refusal binds at once, and the latest statement decides."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.catalogue import CHANNELS, PURPOSES
from decisioning.compiled import Catalogue
from decisioning.consent import ConsentLedger, ConsentRecord, consent_gate
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from tests.decisioning.support import (
    NOTHING,
    NOW,
    decide,
    make_action,
    make_block,
    quick,
    situation,
)

STATUSES = ("granted", "denied", "withdrawn", "no such status")
AT = st.sampled_from([NOW - 20, NOW - 10, NOW, NOW + 10, NOW + 20])
RECORDS = st.lists(
    st.builds(
        ConsentRecord,
        st.sampled_from(PURPOSES),
        st.sampled_from([*CHANNELS[:5], "any"]),
        st.sampled_from(STATUSES),
        AT,
        st.none() | AT,
        st.integers(0, 3),
    ),
    max_size=12,
)


def verdict(records: list[ConsentRecord], purpose: str, channel: str, as_of: int) -> int:
    return int(ConsentLedger.of([records]).verdicts(purpose, channel, as_of)[0])


def may(records: list[ConsentRecord], purpose: str, channel: str, as_of: int) -> bool:
    """The rule in plain words, one statement after the other."""
    allowed = False
    told = [r for r in records if r.purpose == purpose and r.channel in (channel, "any")]
    told = [r for r in told if r.status != "granted" or r.recorded_at <= as_of]
    for at in sorted({r.recorded_at for r in told}):
        together = [r for r in told if r.recorded_at == at]
        last = max(together, key=lambda r: r.sequence)
        allowed = all(r.status == "granted" for r in together) and (
            last.expires_at is None or last.expires_at > as_of
        )
    return allowed


def record(status: str, at: int = NOW - 10, channel: str = "any", **more: int) -> ConsentRecord:
    return ConsentRecord("marketing", channel, status, at, **more)


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([], "consent_unknown"),
        ([record("granted")], "passed"),
        ([record("granted", channel="email")], "passed"),
        ([record("granted", channel="sms")], "consent_unknown"),
        ([record("granted", at=NOW)], "passed"),
        ([record("granted", at=NOW + 1)], "consent_unknown"),
        ([record("granted", expires_at=NOW + 1)], "passed"),
        ([record("granted", expires_at=NOW)], "consent_expired"),
        ([record("granted"), record("denied", at=NOW + 900)], "consent_denied"),
        ([record("granted"), record("withdrawn", at=NOW - 9)], "consent_withdrawn"),
        ([record("withdrawn", at=NOW - 11), record("granted")], "passed"),
        ([record("withdrawn"), record("granted", sequence=9)], "consent_withdrawn"),
        ([record("denied", sequence=1), record("withdrawn", sequence=2)], "consent_withdrawn"),
        ([record("perhaps")], "consent_unknown"),
        # Specific against any: the newer statement wins, whichever it is.
        ([record("denied", at=NOW - 20), record("granted", channel="email")], "passed"),
        ([record("granted", at=NOW - 20), record("denied", channel="email")], "consent_denied"),
        ([record("denied"), record("granted", at=NOW - 20, channel="email")], "consent_denied"),
        ([record("granted"), record("denied", at=NOW - 20, channel="email")], "passed"),
        ([record("granted"), record("denied", channel="sms")], "passed"),
    ],
)
def test_the_latest_statement_decides(records: list[ConsentRecord], reason: str):
    assert verdict(records, "marketing", "email", NOW) == CODE[reason]
    assert verdict(records[::-1], "marketing", "email", NOW) == CODE[reason]
    assert verdict(records, "analytics", "email", NOW) == CODE["consent_unknown"]


@quick
@given(RECORDS, st.sampled_from(PURPOSES), st.sampled_from(CHANNELS), st.randoms())
def test_the_verdict_is_the_rule_in_plain_words(records, purpose, channel, random):
    found = verdict(records, purpose, channel, NOW)
    assert (found == PASSED) == may(records, purpose, channel, NOW)
    random.shuffle(records)
    assert (verdict(records, purpose, channel, NOW) == PASSED) == (found == PASSED)


@quick
@given(RECORDS, st.sampled_from(PURPOSES), st.sampled_from(CHANNELS), AT)
def test_a_refusal_binds_at_once_whatever_its_date(records, purpose, channel, at):
    latest = max([at, *(r.recorded_at for r in records)])
    refusal = ConsentRecord(purpose, channel, "withdrawn", latest, sequence=9)
    assert verdict([*records, refusal], purpose, channel, NOW) == CODE["consent_withdrawn"]


@pytest.mark.parametrize(
    ("purpose", "direction", "needed"),
    [
        ("marketing", "outbound", "marketing"),
        ("marketing", "inbound", "personalisation"),
        ("personalisation", "outbound", "personalisation"),
        ("personalisation", "inbound", "personalisation"),
        ("third_party_data", "inbound", "third_party_data"),
    ],
)
def test_each_direction_needs_its_purpose(purpose: str, direction: str, needed: str):
    for told in PURPOSES:
        records = [[ConsentRecord(told, "any", "granted", NOW)]]
        asked = Catalogue([make_action("a", purpose=purpose), NOTHING])
        found = consent_gate(ConsentLedger.of(records), asked, "web", direction, NOW)
        assert (found[0, 0] == PASSED) == (told == needed)
        assert found[0, 1] == PASSED, "doing nothing needs no consent"


@quick
@given(st.lists(RECORDS, min_size=2, max_size=3), st.sampled_from(PURPOSES))
def test_each_part_of_a_person_must_allow(ledgers: list[list[ConsentRecord]], purpose: str):
    there = [ConsentRecord("", "any", "unknown", 0, part=k) for k in range(len(ledgers))]
    told = [replace(r, part=k) for k, ledger in enumerate(ledgers) for r in ledger]
    parts = [verdict(ledger, purpose, "email", NOW) for ledger in ledgers]
    refusals = [one for one in parts if one != PASSED]
    expected = refusals[0] if refusals else PASSED
    assert verdict([*there, *told], purpose, "email", NOW) == expected


@quick
@given(
    st.lists(RECORDS, min_size=1, max_size=4),
    st.sampled_from(["inbound", "outbound"]),
    st.sampled_from(CHANNELS),
    st.sampled_from([0.0, 1.0]),
    st.booleans(),
)
def test_no_consent_no_action(ledgers, direction, channel, random_share, everything_pays):
    actions = [
        make_action(p, purpose=p, channels=CHANNELS, value=1000.0 * everything_pays)
        for p in PURPOSES
    ]
    block = make_block([f"c{k}" for k in range(len(ledgers))], consents=ledgers)
    here = situation(channel=channel, direction=direction, n=4)
    policy = Policy(random_share=random_share)
    for records, decision in zip(
        ledgers, decide(block, [*actions, NOTHING], policy, here), strict=True
    ):
        for k in decision.slate:
            purpose = ([*actions, NOTHING])[k].purpose
            if purpose == "marketing" and direction == "inbound":
                purpose = "personalisation"
            assert not purpose or may(records, purpose, channel, NOW)


@quick
@given(st.lists(RECORDS, max_size=5), st.data())
def test_a_ledger_of_many_is_each_ones(ledgers, data):
    together = ConsentLedger.of(ledgers)
    found = together.verdicts("marketing", "email", NOW)
    assert found.tolist() == [verdict(one, "marketing", "email", NOW) for one in ledgers]
    start = data.draw(st.integers(0, len(ledgers)))
    stop = data.draw(st.integers(start, len(ledgers)))
    part = together.rows(start, stop).verdicts("marketing", "email", NOW)
    assert part.tolist() == found.tolist()[start:stop]


def test_a_name_that_is_none_of_ours_grants_nothing():
    for purpose in PURPOSES:
        for channel in CHANNELS:
            strange = [
                ConsentRecord("telepathy", "any", "granted", NOW - 10),
                ConsentRecord(purpose, "pigeon", "granted", NOW - 10),
            ]
            assert verdict(strange, purpose, channel, NOW) == CODE["consent_unknown"]


@given(st.lists(RECORDS, min_size=4, max_size=6), st.data())
def test_some_customers_in_a_row_have_the_verdicts_they_had_among_all(ledgers, data):
    start = data.draw(st.integers(0, len(ledgers) - 1))
    stop = data.draw(st.integers(start + 1, len(ledgers)))
    ledger = ConsentLedger.of(ledgers)
    for purpose in PURPOSES[:2]:
        every = ledger.verdicts(purpose, "email", NOW)
        some = ledger.rows(start, stop).verdicts(purpose, "email", NOW)
        assert some.tolist() == every[start:stop].tolist()


def test_a_part_of_nobody_else_is_cut_out_whole():
    """Groups are counted anew: the last of three customers keeps both parts."""
    granted = ConsentRecord("marketing", "any", "granted", NOW - 10)
    denied = replace(granted, status="denied", part=1)
    ledger = ConsentLedger.of([[granted], [granted], [granted, denied]]).rows(1, 3)
    verdicts = ledger.verdicts("marketing", "email", NOW)
    assert verdicts.tolist() == [PASSED, CODE["consent_denied"]]


def test_a_record_is_of_the_first_part_and_cannot_be_changed():
    record = ConsentRecord("marketing", "any", "granted", NOW)
    assert record == ConsentRecord("marketing", "any", "granted", NOW, None, 0, 0)
    with pytest.raises(AttributeError):
        record.status = "denied"
    ledger = ConsentLedger.of([[record]])
    with pytest.raises(AttributeError):
        ledger.size = 2


def test_what_was_worked_out_is_for_its_channel_and_its_moment_alone() -> None:
    told = [record("granted", NOW, "email"), ConsentRecord("analytics", "any", "denied", NOW)]
    ledger = ConsentLedger.of([told, []])
    first = ledger.verdicts("marketing", "email", NOW)
    assert first.tolist() == [PASSED, CODE["consent_unknown"]]
    assert ledger.verdicts("marketing", "sms", NOW).tolist() == [CODE["consent_unknown"]] * 2
    assert ledger.verdicts("marketing", "email", NOW - 1)[0] == CODE["consent_unknown"]
    assert ledger.verdicts("analytics", "email", NOW)[0] == CODE["consent_denied"]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = CODE["consent_denied"]
