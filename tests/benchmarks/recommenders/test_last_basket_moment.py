"""What is told of the moment of a next basket, by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.recommenders.last_basket_lines import DAY, Lines
from benchmarks.recommenders.last_basket_moment import MOMENT, moment_columns, visits_of

HOUR = 3600
NOON, EVENING = 12 * HOUR, 20 * HOUR
VISITS = [
    # user, time, items; the last of each user is the moment that is asked for.
    (0, 0 * DAY + NOON, [0, 1]),
    (0, 7 * DAY + NOON, [0]),
    (0, 8 * DAY + EVENING, [2]),
    (0, 14 * DAY + NOON, [1]),
    (1, 3 * DAY + EVENING, [2]),
    (1, 10 * DAY + EVENING, [0, 2]),
]


def world(visits: list[tuple[int, int, list[int]]]) -> tuple[Lines, NDArray[np.bool_]]:
    """Return the lines of the visits, and which are not of a user's last visit."""
    flat = [(u, at, item) for u, at, items in visits for item in items]
    user, at, item = (np.array(column, dtype=np.int64) for column in zip(*flat, strict=True))
    moments = {u: time for u, time, _ in visits}
    past = np.array([time < moments[u] for u, time, _ in flat])
    nothing = np.zeros(user.size, dtype=np.int64)
    return Lines(user, item, at, nothing, nothing, 3, user.size), past


def told(visits: list[tuple[int, int, list[int]]], user: int, item: int) -> dict[str, float]:
    lines, past = world(visits)
    last = {u: time for u, time, _ in visits}
    time = np.array([last[u] for u in range(len(last))], dtype=np.int64)
    columns = moment_columns(lines, past, time)(np.array([user]), np.array([item]))
    return {name: float(column[0]) for name, column in zip(MOMENT, columns, strict=True)}


def test_visits_have_the_gap_since_the_one_before() -> None:
    visits = visits_of(world(VISITS)[0])
    np.testing.assert_array_equal(visits.user, [0, 0, 0, 0, 1, 1])
    np.testing.assert_array_equal(visits.size, [2, 1, 1, 1, 1, 2])
    np.testing.assert_allclose(visits.gap[[1, 2, 5]], [7, 1 + 1 / 3, 7])
    np.testing.assert_array_equal(np.isnan(visits.gap), [1, 0, 0, 0, 1, 0])
    np.testing.assert_array_equal(visits.of_line, [0, 0, 1, 2, 3, 4, 5, 5])


def test_visits_at_the_same_hour_count_and_those_hours_apart_hardly() -> None:
    fading = [0.5 ** (age / 120) for age in (14, 7, 5 + 2 / 3)]
    evening = float(np.exp(-((8 / 2) ** 2) / 2))
    total = fading[0] + fading[1] + fading[2] * evening
    assert told(VISITS, 0, 0)["at_hour"] == pytest.approx((fading[0] + fading[1]) / total)
    assert told(VISITS, 0, 2)["at_hour"] == pytest.approx(fading[2] * evening / total)


def test_the_hours_of_the_day_go_round() -> None:
    """Half an hour to midnight is an hour from half past midnight, not twenty-three."""
    late = [(0, DAY - HOUR // 2, [0]), (0, 2 * DAY + 4 * HOUR, [1]), (0, 3 * DAY + HOUR // 2, [2])]
    assert told(late, 0, 0)["at_hour"] > told(late, 0, 1)["at_hour"]


def test_visits_on_the_same_weekday_count_alone() -> None:
    fading = [0.5 ** (age / 120) for age in (14, 7)]
    assert told(VISITS, 0, 1)["on_weekday"] == pytest.approx(fading[0] / sum(fading))
    assert told(VISITS, 0, 2)["on_weekday"] == 0


def test_visits_after_such_a_gap_count_most() -> None:
    """The moment comes after 5.67 days: more like the visit after 7 than the one after 1.3."""
    found = {item: told(VISITS, 0, item)["after_gap"] for item in (0, 2)}
    weight = [0.5 ** (14 / 120) * 0.3]
    now = 5 + 2 / 3 + 0.02
    weight += [0.5 ** (7 / 120) * now / 7.02, 0.5 ** ((now - 0.02) / 120) * (4 / 3 + 0.02) / now]
    assert found[0] == pytest.approx((weight[0] + weight[1]) / sum(weight))
    assert found[2] == pytest.approx(weight[2] / sum(weight))


def test_parts_at_the_moment_are_shared_out() -> None:
    found = [told(VISITS, 0, item) for item in range(3)]
    assert sum(f["part_at_moment"] for f in found) == pytest.approx(1)
    assert found[1]["part_at_moment"] == pytest.approx(found[1]["at_moment"] / 2)
    assert 0.5 < found[0]["usual_part_at_moment"] < 1


def test_what_is_bought_in_the_evening_stands_out_in_the_evening() -> None:
    assert told(VISITS, 1, 2)["lift_hour"] > 1 > told(VISITS, 1, 0)["lift_hour"]
    assert told(VISITS, 0, 0)["lift_hour"] > 1 > told(VISITS, 0, 2)["lift_hour"]
    # All the lines of day 0 and 7 are of one weekday, of the evening of day 3 another.
    assert told(VISITS, 1, 2)["lift_weekday"] > 1 > told(VISITS, 1, 0)["lift_weekday"]


def test_a_lift_is_drawn_to_one_by_ten_lines() -> None:
    """Two of five lines are of the evening, both of item 2."""
    lift = (2 + 10 * 2 / 5) / (2 + 10) / (2 / 5)
    assert told(VISITS, 1, 2)["lift_hour"] == pytest.approx(lift)


def test_gaps_of_one_class_lift_what_is_bought_after_them() -> None:
    """User 0 comes after 5.67 days, as to its visit after 7, which held item 0."""
    assert told(VISITS, 0, 0)["lift_gap"] > 1 > told(VISITS, 0, 2)["lift_gap"]


def test_nothing_at_the_moment_or_after_it_tells() -> None:
    changed = [*VISITS[:3], (0, 14 * DAY + NOON, [2]), *VISITS[4:]]
    for user in (0, 1):
        for item in range(3):
            assert told(VISITS, user, item) == told(changed, user, item)
