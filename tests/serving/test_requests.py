"""Properties of reading: whatever arrives, it is read or refused with a Problem."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.moments import CLOCK_SKEW_SECONDS
from serving.problems import Problem, parse_body, shortened
from serving.requests import (
    Consent,
    ConsentsRequest,
    NextBestActionsRequest,
    OutcomesRequest,
    RecommendationsRequest,
    StockLevel,
    StockRequest,
)
from tests.serving.support import ASK, CONSENT, LEVEL, NOW

MODELS = [
    RecommendationsRequest,
    NextBestActionsRequest,
    StockRequest,
    ConsentsRequest,
    OutcomesRequest,
]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["subject", "channel", "n", "context", "levels", "consents", "outcomes"])


@given(body=st.binary(max_size=60), model=st.sampled_from(MODELS))
def test_any_bytes_are_read_or_refused(body: bytes, model: Any) -> None:
    with pytest.raises(Problem) as caught:
        parse_body(model, body, NOW)
    assert caught.value.status in (400, 422)


@given(body=st.dictionaries(names, values), model=st.sampled_from(MODELS))
def test_any_json_is_read_or_refused(body: dict[str, Any], model: Any) -> None:
    with pytest.raises(Problem) as caught:
        parse_body(model, json.dumps(body).encode(), NOW)
    error = caught.value.body()["error"]
    assert error["message"].isprintable()
    assert len(error["message"]) < 1000


@given(value=values, field=st.sampled_from([*LEVEL, "as_of"]))
def test_a_level_is_read_in_range_or_refused(value: Any, field: str) -> None:
    body = json.dumps({"levels": [{**LEVEL, field: value}]}).encode()
    try:
        (level,) = parse_body(StockRequest, body, NOW).levels
    except Problem:
        return
    assert 0 <= level.quantity < float("inf")
    assert 0 <= level.as_of <= NOW + CLOCK_SKEW_SECONDS


@given(
    seconds=st.integers(0, NOW),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_a_time_is_the_same_however_it_is_written(seconds: int, offset: int) -> None:
    moment = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset)))
    for written in (moment.isoformat(), seconds):
        level = StockLevel.model_validate({**LEVEL, "as_of": written}, context={"now": NOW})
        assert level.as_of == seconds


def test_requests_are_frozen() -> None:
    request = parse_body(RecommendationsRequest, json.dumps(ASK).encode(), NOW)
    with pytest.raises(ValidationError, match="frozen"):
        request.n = 3  # type: ignore[misc]


def test_without_a_clock_a_time_must_be_given() -> None:
    with pytest.raises(ValidationError, match="recorded_at"):
        Consent.model_validate(CONSENT)


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "'a'"), (3, "3"), (None, "null"), ("x" * 61, f"'{'x' * 60}…'"), ("a\nb", "'a?b'")],
)
def test_values_are_shown_as_json_shows_them(value: object, text: str) -> None:
    assert shortened(value) == text
