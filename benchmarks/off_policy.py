"""The value of Bernoulli Thompson sampling from the log of the random policy, beside obp's figures.

    python -m benchmarks.off_policy --data DIR
    python -m benchmarks.off_policy --coverage 1000

``DIR`` holds ``random_*.parquet`` and ``bts_*.parquet`` of the Open Bandit samples. The rows come
from there; the target policy, the reward model and obp's figures from the fixtures that
``benchmarks/obp_reference.py`` wrote, so both libraries are given the same. Also printed: DR with
the project's own reward model (logistic, cross-fitted on all that is known of the user), and the
clicks of the log that the policy wrote itself, which is what all of them try to foretell.

With ``--coverage``, how often the intervals hold the truth in so many simulated logs: 20 actions, a
uniform log, and a target that takes one of them, which responds twice as often, four times in five.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.open_bandit import CAMPAIGNS, Floats, Rows, from_fixture, read
from training.off_policy.log import Log, RewardModel, lay
from training.off_policy.reward_model import Examples, cross_fit, together
from training.off_policy.support import measure_support
from training.off_policy.value import PolicyValue, estimate, evaluate

FIXTURES = Path("tests/training/fixtures")
SEED = 11


def lay_rows(rows: Rows, policy: Floats, predicted: Floats) -> Log:
    """Lay the rows beside a target policy of (items, 3) and a model of (n, items, 3)."""
    n = np.arange(rows.action.size)
    at = predicted[n, :, rows.position]
    shares = policy.T[rows.position]
    model = RewardModel(at[n, rows.action], np.sum(shares * at, axis=1))
    return Log(rows.click, rows.logged, shares[n, rows.action], model=model)


def by_obp_name(name: str, log: Log) -> PolicyValue:
    """Estimate under the name that a fixture gives, ``switch_dr@2`` being tau 2."""
    estimator, _, tau = name.partition("@")
    return estimate(estimator, log, tau=float(tau or np.inf))  # type: ignore[arg-type]


def known_of_the_user(data: Path, campaign: str, rows: Rows) -> Floats:
    """Return what is known before an item is shown, as float64 (n, d)."""
    frame = pd.read_parquet(data / f"random_{campaign}.parquet")
    features = frame.filter(like="user_feature").astype("category")
    return np.hstack([pd.get_dummies(features).to_numpy(np.float64), np.eye(3)[rows.position]])


def own_model(data: Path, campaign: str, rows: Rows, policy: Floats) -> Log:
    """Lay the rows with the project's own cross-fitted model."""
    x = known_of_the_user(data, campaign, rows)
    examples = Examples(x, rows.action, rows.click, np.arange(rows.action.size))
    told = cross_fit(examples, len(policy), together("logistic"), folds=3, seed=SEED)
    return lay_rows(rows, policy, np.broadcast_to(told[:, :, None], (*told.shape, 3)))


def report(data: Path, campaign: str) -> None:
    """Print one campaign."""
    kept: dict[str, Any] = json.loads((FIXTURES / f"open_bandit_{campaign}.json").read_text())
    stored, policy, clicks = from_fixture(kept)
    rows = read(data, campaign)
    if not all(map(np.array_equal, rows, stored)):
        raise SystemExit(f"{campaign}: the data are not those that obp was given.")
    log = lay_rows(rows, policy, clicks.of(rows))
    support = measure_support(log)
    print(f"\n{campaign}: n={len(log)}, clicks {rows.click.sum():.0f}, effective sample "
          f"{support.effective:.0f}, mean weight {support.mean_weight:.3f}, largest "
          f"{support.max_weight:.1f}")  # fmt: skip
    for name, theirs in kept["figures"].items():
        show(name, by_obp_name(name, log), theirs)
    show("dr, own model", evaluate(own_model(data, campaign, rows, policy))["dr"])
    truth = read(data, campaign, "bts").click
    show("its own log", evaluate(Log(truth, np.ones(truth.size), np.ones(truth.size)))["ips"])


def show(name: str, ours: PolicyValue, theirs: float | None = None) -> None:
    """Print one line."""
    beside = ""
    if theirs is not None:
        beside = f"  obp {theirs:.7f}, difference {ours.value - theirs:+.0e}"
    print(f"  {name:13s} {ours.value:.7f} [{ours.low:.5f}, {ours.high:.5f}]{beside}")


def cover(rows: int, rate: float, seed: int) -> tuple[float, list[bool]] | None:
    """Return effective size and whether each interval holds; None where the log is refused."""
    rng = np.random.default_rng(seed)
    rates = np.r_[2 * rate, np.full(19, rate)]
    target = np.r_[0.8, np.full(19, 0.2 / 19)]
    action = rng.integers(0, 20, rows)
    reward = (rng.random(rows) < rates[action]).astype(np.float64)
    model = np.full((rows, 20), rate)
    answer = evaluate(
        lay(
            reward, action, np.full((rows, 20), 1 / 20), np.tile(target, (rows, 1)), predicted=model
        ),
        ["ips", "snips", "dr"],
    )
    if answer.support is None or answer.refusal:
        return None
    truth = float(target @ rates)
    told = (answer["ips"], answer["snips"], answer["dr"])
    return answer.support.effective, [one.low <= truth <= one.high for one in told]


def report_coverage(logs: int) -> None:
    """Print the share of intervals that hold the truth."""
    for rows, rate in ((1_500, 0.3), (1_500, 0.05), (1_500, 0.01), (6_000, 0.05), (6_000, 0.01)):
        told = [one for one in (cover(rows, rate, seed) for seed in range(logs)) if one]
        sizes, held = zip(*told, strict=True)
        shares = ", ".join(
            f"{name} {share:.1%}"
            for name, share in zip(("ips", "snips", "dr"), np.mean(held, axis=0), strict=True)
        )
        print(f"{rows} rows, response {rate:.0%}: effective {np.mean(sizes):.0f}, "
              f"refused {logs - len(told)}; {shares}")  # fmt: skip


def main() -> None:
    """Print all three campaigns, or the coverage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, help="folder of the Parquet files")
    what.add_argument("--coverage", type=int, metavar="LOGS", help="simulate so many logs")
    asked = parser.parse_args()
    if asked.coverage:
        report_coverage(asked.coverage)
        return
    for campaign in CAMPAIGNS:
        report(asked.data, campaign)


if __name__ == "__main__":
    main()
