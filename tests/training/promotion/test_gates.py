"""Each gate: what opens it, what shuts it, and what it says."""

import numpy as np
import pytest

from decisioning.policy import DAY
from tests.training.promotion.made import (
    COLUMNS,
    RULES,
    T0,
    FromColumn,
    held,
    ids,
    model,
    rules,
    version,
)
from training.promotion.gates import (
    Gate,
    better_gates,
    calibrated_gates,
    fresh_gate,
    schema_gate,
    segment_gates,
)
from training.promotion.pairing import CannotCompareError, Paired, paired

DRAW = np.random.default_rng(5)
NDCG = DRAW.uniform(0, 1, 800)
RATE = DRAW.uniform(0.1, 0.9, 1500)
CAME = (DRAW.uniform(size=1500) < RATE).astype(np.float64)


def shut(gates: object) -> list[str]:
    return [gate.name for gate in gates if not gate.passed]  # type: ignore[attr-defined]


def judged(gain: np.ndarray, measure: str = "any.ndcg_10") -> dict[str, Gate]:
    left = held({"any": NDCG})
    pair = Paired(measure, ids(gain.size), gain)
    gates = better_gates([pair], version("2", left), version("1", left), RULES)
    return {gate.name: gate for gate in gates}


@pytest.mark.parametrize(
    ("columns", "said"),
    [(("a", "c"), "it has c and 1 more differ"), (("a",), "it lacks b"), (("b", "a"), None)],
)
def test_columns_must_be_those_of_this_code(columns: tuple[str, ...], said: str | None) -> None:
    gate = schema_gate(version("2", held(), columns=columns), COLUMNS)
    assert gate.passed is (said is None)
    assert said is None or said in gate.said


def test_data_may_be_so_old_and_no_older() -> None:
    most = RULES.fresh.max_days_behind
    challenger = version("2", held(), as_of=T0)
    assert fresh_gate(challenger, T0 + most * DAY, RULES).passed
    late = fresh_gate(challenger, T0 + (most + 1) * DAY, RULES)
    assert not late.passed
    assert f"{most + 1} days before the end of the data" in late.said
    assert fresh_gate(challenger, T0 - 5 * DAY, RULES).said.count(" 0 days") == 1


def test_a_model_that_says_what_comes_is_calibrated() -> None:
    (gate,) = calibrated_gates(held(models={"churn": model(CAME, RATE)}), RULES)
    assert gate.passed
    assert "1500 rows" in gate.said


def test_a_model_that_is_sure_of_too_much_is_not() -> None:
    (gate,) = calibrated_gates(held(models={"churn": model(CAME, RATE * 0.7)}), RULES)
    assert not gate.passed
    assert gate.name == "calibrated: churn"


def test_few_rows_are_not_judged_and_it_says_so() -> None:
    few = model(CAME[:100], np.full(100, 0.01))
    (gate,) = calibrated_gates(held(models={"churn": few}), RULES)
    assert gate.passed
    assert "too few to judge" in gate.said


@pytest.mark.parametrize(
    ("share", "passed"), [(1.1, True), (0.9, True), (1.2, False), (0.8, False)]
)
def test_an_amount_is_judged_by_its_total(share: float, passed: bool) -> None:
    spent = DRAW.gamma(2.0, 1000.0, 600)
    value = model(spent, spent * share, kind="amount")
    (gate,) = calibrated_gates(held(models={"value": value}), RULES)
    assert gate.passed is passed
    assert f"{share - 1:+.1%}" in gate.said


def test_a_total_of_nothing_is_met_by_nothing() -> None:
    none = np.zeros(600)
    for said, passed in ((none, True), (none + 1, False)):
        (gate,) = calibrated_gates(held(models={"value": model(none, said, kind="amount")}), RULES)
        assert gate.passed is passed


def test_a_run_without_held_out_rows_proves_nothing() -> None:
    assert shut(calibrated_gates(None, RULES)) == ["calibrated"]


def test_better_beyond_chance_opens() -> None:
    gates = judged(DRAW.normal(0.02, 0.1, 800))
    assert gates["better"].passed
    assert "any.ndcg_10" in gates["better"].said
    assert gates["no worse: any.ndcg_10"].passed


def test_the_same_is_not_better() -> None:
    gates = judged(np.zeros(800))
    assert not gates["better"].passed
    assert gates["no worse: any.ndcg_10"].passed


def test_worse_beyond_the_margin_is_held_back_though_another_gains() -> None:
    left = held({"any": NDCG})
    pairs = [
        Paired("any.ndcg_10", ids(800), DRAW.normal(0.05, 0.1, 800)),
        Paired("discover.ndcg_10", ids(800), DRAW.normal(-0.02, 0.1, 800)),
    ]
    gates = better_gates(pairs, version("2", left), version("1", left), RULES)
    assert shut(gates) == ["no worse: discover.ndcg_10"]


def test_a_measure_that_no_rule_names_is_not_judged() -> None:
    assert shut(judged(DRAW.normal(-1, 0.1, 800), "any.novelty").values()) == ["better"]


def test_a_measure_named_in_full_comes_before_its_kind() -> None:
    assert RULES.margin("churn.log_loss") == 0.02
    assert RULES.margin("campaign.log_loss") == 0.05
    assert RULES.margin("campaign.auc") is None


def test_luck_among_many_measures_is_not_enough() -> None:
    # Just better at 95 %: enough alone, not as one of ten.
    gain = DRAW.normal(0, 1, 800)
    gain += 2.2 / np.sqrt(800) - gain.mean()
    named = {f"m{k}.ndcg_10": 1.0 for k in range(10)}
    told = rules(better={"measures": named})
    left = held({"any": NDCG})
    alone = [Paired("m0.ndcg_10", ids(800), gain)]
    many = [*alone, *(Paired(f"m{k}.ndcg_10", ids(800), np.zeros(800)) for k in range(1, 10))]
    for pairs, passed in ((alone, True), (many, False)):
        *_, better = better_gates(pairs, version("2", left), version("1", left), told)
        assert better.passed is passed


def test_a_model_that_was_lost_is_named() -> None:
    one = held(models={"churn": model(CAME, RATE)})
    gates = better_gates([], version("2", held()), version("1", one), RULES)
    assert shut(gates) == ["no worse: churn", "better"]


def segments(n: int, small: int) -> dict[str, dict[str, str]]:
    names = ["small"] * small + ["large"] * (n - small)
    told = dict(zip(ids(n).tolist(), names, strict=True))
    return {"age_band": told, "region": {}, "value": {}}


@pytest.mark.parametrize(("small", "passed"), [(300, False), (150, True)])
def test_a_large_segment_may_not_pay_for_the_others(small: int, passed: bool) -> None:
    gain = np.where(np.arange(800) < small, -0.05, 0.05)
    pair = Paired("any.ndcg_10", ids(800), gain)
    gates = {g.name: g for g in segment_gates([pair], segments(800, small), RULES)}
    assert gates["segments: age_band"].passed is passed
    assert gates["segments: region"].passed
    assert "no segment of 200" in gates["segments: region"].said
    if not passed:
        assert "-0.0500 in small (300 customers)" in gates["segments: age_band"].said


def test_a_measure_without_a_bound_shuts_no_segment() -> None:
    pair = Paired("value.relative_error", ids(800), np.full(800, -9.0))
    assert shut(segment_gates([pair], segments(800, 400), RULES)) == []


def test_the_champions_model_scores_the_challengers_rows() -> None:
    left = held(models={"churn": model(CAME, RATE, np.full(1500, 0.5))})
    champion = version("1", held(models=left.models), as_of=T0)
    (pair,) = paired(version("2", left), champion)
    assert pair.measure == "churn.log_loss"
    assert pair.gain.mean() > 0.05
    np.testing.assert_allclose(
        pair.gain, np.log(2) + CAME * np.log(RATE) + (1 - CAME) * np.log(1 - RATE)
    )


def test_an_amount_is_compared_by_the_champions_error() -> None:
    spent = DRAW.gamma(2.0, 1000.0, 600)
    said = spent + DRAW.normal(0, 100, 600)
    left = held(models={"value": model(spent, spent, said, kind="amount")})
    champion = version("1", None, as_of=T0, models={}, amounts={"value": FromColumn()})
    (pair,) = paired(version("2", left), champion)
    assert pair.measure == "value.relative_error"
    assert pair.gain.mean() == pytest.approx(1.0)


def test_rows_that_the_champion_learned_from_prove_nothing() -> None:
    left = held(models={"churn": model(CAME, RATE)})
    later = version("1", held(models={"churn": model(CAME, RATE, as_of=T0 + DAY)}), as_of=T0 + DAY)
    with pytest.raises(CannotCompareError, match="train the challenger as of 2024-10-05"):
        list(paired(version("2", left), later))


def test_moments_that_both_runs_held_out_may_be_compared() -> None:
    left = held({"any": NDCG}, {"churn": model(CAME, RATE)})
    worse = held({"any": NDCG - 0.1}, left.models)
    pairs = list(paired(version("2", left), version("1", worse)))
    assert [pair.measure for pair in pairs] == ["any.ndcg_10", "churn.log_loss"]
    np.testing.assert_allclose(pairs[0].gain, 0.1)
    np.testing.assert_array_equal(pairs[1].gain, 0.0)


def test_a_window_that_the_champion_saw_proves_nothing() -> None:
    left = held({"any": NDCG})
    other = held({"any": NDCG}, start=T0 + DAY)
    with pytest.raises(CannotCompareError, match="learned of purchases until"):
        list(paired(version("2", left), version("1", other)))


def test_a_column_that_the_rows_lack_is_named() -> None:
    left = held(models={"churn": model(CAME, RATE)})
    champion = version("1", left, as_of=T0, models={"churn": FromColumn(("a", "gone"))})
    with pytest.raises(CannotCompareError, match="churn reads gone"):
        list(paired(version("2", left), champion))


def test_a_challenger_without_rows_cannot_be_compared() -> None:
    with pytest.raises(CannotCompareError, match="version 2 left no held-out rows"):
        list(paired(version("2", None), version("1", held())))
