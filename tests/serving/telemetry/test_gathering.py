"""Values added up by bucket are counted as if each had been observed."""

import hypothesis.strategies as st
from hypothesis import given
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from serving.telemetry.gathering import Gathering, Values
from serving.telemetry.series import HISTOGRAMS, Series

BOUNDS = (0.25, 0.5, 1.0)


def told(registry: CollectorRegistry) -> list[str]:
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


@given(
    st.lists(
        st.lists(st.sampled_from([-1.0, 0.0, *BOUNDS, 0.75, 2.0, float("inf")]), max_size=8),
        max_size=3,
    )
)
def test_what_is_gathered_is_what_is_observed(portions: list[list[float]]) -> None:
    one, other = CollectorRegistry(), CollectorRegistry()
    gathering = Gathering("x", "X.", ["of"], buckets=BOUNDS, registry=one).labels("a")
    histogram = Histogram("x", "X.", ["of"], buckets=BOUNDS, registry=other).labels("a")
    for portion in portions:
        values = Values(BOUNDS)
        for value in portion:
            values.add(value)
            histogram.observe(value)
        gathering.gather(values)
    assert told(one) == told(other)


def test_nothing_is_handed_on_twice_and_the_last_level_stands() -> None:
    registry = CollectorRegistry()
    series = Series(registry)
    name = "nextbest_commit_records"
    for value in (1.0, 2.0, 1000.0):
        series.observe(name, value=value)
    series.set("nextbest_commit_waiting", value=7)
    series.set("nextbest_commit_waiting", value=3)
    series.hand_on()
    series.hand_on()
    lines = told(registry)
    assert f"{name}_count 3.0" in lines
    assert f"{name}_sum 1003.0" in lines
    assert f'{name}_bucket{{le="{float(HISTOGRAMS[name][2][-1])}"}} 2.0' in lines
    assert "nextbest_commit_waiting 3.0" in lines
    series.observe(name, value=4.0)
    series.hand_on()
    assert f"{name}_count 4.0" in told(registry)
