"""What the service's own log teaches."""

import numpy as np
import pytest

from training.lessons import MIN_GROUP, Exposure, learn, uplift_table


def exposure(subject: str, **changes: object) -> Exposure:
    facts = {
        "action_id": "a", "propensity": 0.1, "discount": 0.0, "probability": 1.0,
        "shown": True, "control": False, "responded": False,
    }  # fmt: skip
    return Exposure(subject, **(facts | changes))  # type: ignore[arg-type]


def group(n: int, rate: float, prefix: str, **facts: object) -> list[Exposure]:
    return [exposure(f"{prefix}{k}", responded=k < rate * n, **facts) for k in range(n)]


def control(n: int, rate: float, **facts: object) -> list[Exposure]:
    return group(n, rate, "c", shown=False, control=True, probability=0.0, **facts)


def test_responses_are_counted_by_action_and_only_at_the_full_price():
    log = [
        *group(10, 0.3, "x"),
        *group(5, 1.0, "y", discount=0.1),
        *group(7, 0.0, "z", shown=False),
        *group(4, 0.5, "w", action_id="b"),
    ]
    found = learn(log).responses
    assert found.ids.tolist() == ["a", "b"]
    assert found.shown.tolist() == [10, 4]
    assert found.responded.tolist() == [3, 2]
    assert learn([]).responses.ids.size == 0
    assert learn([]).uplifts == {}


def test_the_difference_to_the_control_group():
    log = [*group(1000, 0.12, "x"), *control(500, 0.08)]
    found = learn(log).uplifts["a"].apply(np.array([0.1]))
    assert found.mean[0] == pytest.approx(120.5 / 1001 - 40.5 / 501)
    assert found.low[0] < found.mean[0] < found.high[0]


@pytest.mark.parametrize(("shown", "held"), [(MIN_GROUP - 1, 500), (500, MIN_GROUP - 1), (0, 0)])
def test_too_few_tell_nothing(shown, held):
    assert uplift_table([*group(shown, 0.5, "x"), *control(held, 0.1)]) is None


def test_a_customer_counts_once_in_a_group():
    log = [*group(300, 0.1, "x"), *control(300, 0.1)]
    once, again = uplift_table(log), uplift_table(log * 3)
    assert once is not None
    assert again is not None
    assert once.treated.tolist() == again.treated.tolist()
    assert once.control.tolist() == again.control.tolist()


def test_weights_undo_whom_the_policy_prefers():
    """Shown to nine of ten likely buyers and one of ten others; the truth adds nothing."""
    rng = np.random.default_rng(0)
    log = []
    for k in range(40_000):
        likely = rng.random() < 0.5
        held, responds = rng.random() < 0.3, rng.random() < (0.3 if likely else 0.05)
        chance = 0.9 if likely else 0.1
        shown = not held and rng.random() < chance
        log.append(
            exposure(
                f"s{k}", propensity=0.1, probability=0.0 if held else chance,
                shown=shown, control=held, responded=responds,
            )
        )  # fmt: skip
    table = uplift_table(log)
    assert table is not None
    found = table.apply(np.array([0.1]))
    assert found.low[0] < 0.0 < found.high[0]
    assert abs(found.mean[0]) < 0.02
    naive = np.mean([e.responded for e in log if e.shown]) - np.mean(
        [e.responded for e in log if e.control]
    )
    assert naive > 0.07, "without the weights it would seem to work"
    assert table.treated.sum() < sum(e.shown for e in log), "weights cost rows, and it says so"


def test_bands_tell_apart_whom_it_helps():
    rng = np.random.default_rng(1)
    log = []
    for k in range(8000):
        p = float(rng.choice([0.05, 0.2, 0.4]))
        held = k % 2 == 0
        adds = 0.2 if p == 0.05 else 0.0
        responds = rng.random() < p + (0.0 if held else adds)
        log.append(
            exposure(f"s{k}", propensity=p, shown=not held, control=held, responded=responds)
        )
    table = uplift_table(log)
    assert table is not None
    assert table.edges[0] == 0.0
    found = table.apply(np.array([0.05, 0.4]))
    assert found.low[0] > 0.1
    assert found.low[1] < 0.0 < found.high[1]
    assert table.control.min() >= MIN_GROUP
