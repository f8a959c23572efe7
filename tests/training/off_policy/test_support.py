"""Where a log cannot speak, no figure is given and the reason is told."""

import numpy as np
import pytest

from tests.training.off_policy.support import LOGGING, REWARD, TARGET, world
from training.off_policy.log import Log, RewardModel, lay
from training.off_policy.support import effective_size, measure_support, refuse
from training.off_policy.value import evaluate


def ones(n: int) -> np.ndarray:
    return np.ones(n)


def test_the_effective_size_by_hand() -> None:
    assert effective_size(np.array([1.0, 1, 1, 1])) == 4
    assert effective_size(np.array([3.0, 1, 0, 0])) == pytest.approx(16 / 10)
    assert effective_size(np.zeros(3)) == 0


def test_effective_outcomes_by_hand() -> None:
    log = Log(np.array([1.0, 0.0, -0.1, 2.0]), ones(4), np.array([0.5, 0.5, 0.5, 0.5]))
    assert measure_support(log).effective_outcomes == 2.0


def test_rows_of_one_customer_count_as_one() -> None:
    log = Log(ones(600), ones(600), ones(600), np.arange(600) % 90)
    assert measure_support(log).effective == pytest.approx(90, rel=0.01)
    refused = refuse(log)
    assert refused is not None
    assert refused.reason == "few_effective"


@pytest.mark.parametrize(("n", "spoken"), [(99, False), (100, True)])
def test_one_fewer_than_enough_is_refused(n: int, spoken: bool) -> None:
    answer = evaluate(Log(ones(n), ones(n), ones(n)))
    assert (answer.refusal is None) == spoken
    assert bool(answer.values) == spoken
    if not spoken:
        assert answer.refusal is not None
        assert "worth 99 customers" in answer.refusal.message


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.5])
def test_a_logged_probability_must_be_one(bad: float) -> None:
    logged = ones(300)
    logged[7] = bad
    answer = evaluate(Log(ones(300), logged, ones(300) * 0.5))
    assert answer.refusal is not None
    assert answer.refusal.reason == "bad_probability"
    assert "row 7" in answer.refusal.message
    assert (answer.values, answer.support) == ((), None)


def test_an_action_the_log_never_takes_is_refused() -> None:
    one = world(1_000, 1)
    logging = LOGGING.copy()
    logging[1] = [0.0, 0.4, 0.6]
    possible = logging[one.level, one.action] > 0
    log = lay(
        one.reward[possible],
        one.action[possible],
        logging[one.level[possible]],
        TARGET[one.level[possible]],
    )
    answer = evaluate(log)
    assert answer.refusal is not None
    assert answer.refusal.reason == "no_support"
    assert "60.0% of a row" in answer.refusal.message


def test_missing_support_is_seen_in_the_weights_alone() -> None:
    # The same gap, told nothing of the actions never taken: the weights average 1 - 0.6 * share.
    one = world(4_000, 2)
    kept = ~((one.level == 1) & (one.action == 0))
    logging = LOGGING.copy()
    logging[1] = [0.0, 0.25, 0.75]
    log = Log(
        one.reward[kept],
        logging[one.level[kept], one.action[kept]],
        TARGET[one.level[kept], one.action[kept]],
    )
    refused = refuse(log)
    assert refused is not None
    assert refused.reason == "weights_off"


def test_probabilities_that_did_not_decide_are_seen() -> None:
    one = world(4_000, 3)
    log = Log(one.reward, np.full(4_000, 0.2), TARGET[one.level, one.action])
    refused = refuse(log)
    assert refused is not None
    assert refused.reason == "weights_off"


def test_an_honest_log_is_seldom_refused() -> None:
    refused = sum(refuse(world(500, seed).log()) is not None for seed in range(300))
    assert refused == 0


def test_figures_by_default_are_those_the_log_allows() -> None:
    one = world(1_000, 5)
    assert [v.estimator for v in evaluate(one.log()).values] == ["ips", "snips"]
    answer = evaluate(one.log(predicted=REWARD))
    assert [v.estimator for v in answer.values] == ["ips", "snips", "dm", "dr", "switch_dr"]
    assert answer["dr"].value == pytest.approx(0.48, abs=0.05)
    assert [v.estimator for v in evaluate(one.log(), ["snips"]).values] == ["snips"]


def test_asking_for_a_refused_figure_says_why() -> None:
    with pytest.raises(KeyError, match="wait for more decisions"):
        evaluate(world(20, 1).log())["ips"]
    with pytest.raises(KeyError, match="only ips, snips"):
        evaluate(world(900, 1).log())["dr"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("reward", np.array([]), "reward is empty"),
        ("logged", np.ones(3), r"logged has shape \(3,\)"),
        ("target", np.array([0.5, 1.2]), "target spans"),
        ("target", np.array([0.5, -0.2]), "target spans"),
        ("reward", np.array([1.0, np.nan]), "reward is nan in row 1"),
        ("customers", np.array([1]), "customers has shape"),
        ("unsupported", np.array([0.0, 2.0]), "unsupported spans"),
        ("model", RewardModel(np.ones(2), np.ones(3)), r"model.target has shape"),
        ("model", RewardModel(np.array([np.inf, 1]), np.ones(2)), r"model.shown is inf"),
    ],
)
def test_a_malformed_log_names_the_field(field: str, value: object, says: str) -> None:
    fields = {"reward": np.ones(2), "logged": np.ones(2), "target": np.ones(2)}
    with pytest.raises(ValueError, match=says):
        Log(**(fields | {field: value}))  # type: ignore[arg-type]


def test_distributions_must_be_distributions() -> None:
    reward, action = np.ones(2), np.array([0, 1])
    half = np.full((2, 2), 0.5)
    with pytest.raises(ValueError, match=r"row 1 sums to 0.9"):
        lay(reward, action, half, np.array([[0.5, 0.5], [0.5, 0.4]]))
    with pytest.raises(ValueError, match="predicted has shape"):
        lay(reward, action, half, half, predicted=np.ones((2, 3)))
    with pytest.raises(ValueError, match="logging has shape"):
        lay(reward, action, half[:1], half)
