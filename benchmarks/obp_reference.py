"""What ``obp`` says of Open Bandit's policies: the figures that ours are compared with.

Runs in an environment of its own, as obp brings torch and no other part of the project needs it:

    python -m venv OBP && OBP/bin/pip install obp==0.4.1 torch pyarrow
    OBP/bin/python -m benchmarks.obp_reference --data DIR --out tests/training/fixtures

The target is ZOZOTOWN's Bernoulli Thompson sampling, whose action probabilities obp simulates from
the priors it ships; the log is that of the uniformly random policy. Everything that obp is given is
kept beside its figures, so that the comparison needs neither obp nor the data.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from obp import __version__
from obp.ope import (
    DirectMethod,
    DoublyRobust,
    InverseProbabilityWeighting,
    SelfNormalizedInverseProbabilityWeighting,
    SwitchDoublyRobust,
)
from obp.policy import BernoulliTS

from benchmarks.open_bandit import CAMPAIGNS, fit_clicks, from_fixture, read

SIMULATIONS, SEED = 100_000, 12_345
TAUS = (1, 2, 10)


def given(data: Path, campaign: str) -> dict[str, Any]:
    """Return what obp is given, as it is kept."""
    rows = read(data, campaign)
    items = int(rows.action.max()) + 1
    policy = BernoulliTS(
        n_actions=items, len_list=3, is_zozotown_prior=True, campaign=campaign, random_state=SEED
    )
    shares = policy.compute_batch_action_dist(n_sim=SIMULATIONS, n_rounds=1)[0]
    if np.unique(rows.logged).size != 1:
        raise SystemExit(f"{campaign}: the random log has more than one probability.")
    clicks = fit_clicks(rows, items)
    return {
        "campaign": campaign,
        "logged": rows.logged[0],
        "simulations": SIMULATIONS,
        "policy_counts": np.rint(shares * SIMULATIONS).astype(int).tolist(),
        "action": rows.action.tolist(),
        "position": rows.position.tolist(),
        "level": rows.level.tolist(),
        "clicked_rows": np.flatnonzero(rows.click).tolist(),
        "rates": clicks.rates.tolist(),
        "levels": clicks.levels.tolist(),
        "own_log_mean": read(data, campaign, "bts").click.mean(),
    }


def figures(kept: dict[str, Any]) -> dict[str, float]:
    """Return obp's estimates from what is kept."""
    rows, policy, clicks = from_fixture(kept)
    n = rows.action.size
    common = {
        "action_dist": np.broadcast_to(policy, (n, *policy.shape)),
        "position": rows.position,
    }
    logged = {"reward": rows.click, "action": rows.action, "pscore": rows.logged}
    model = {"estimated_rewards_by_reg_model": clicks.of(rows)}
    weighted = {
        "ips": InverseProbabilityWeighting(),
        "snips": SelfNormalizedInverseProbabilityWeighting(),
    }
    robust = {"dr": DoublyRobust()} | {
        f"switch_dr@{tau}": SwitchDoublyRobust(tau=tau) for tau in TAUS
    }
    told = {name: e.estimate_policy_value(**logged, **common) for name, e in weighted.items()}
    told["dm"] = DirectMethod().estimate_policy_value(**common, **model)
    for name, estimator in robust.items():
        told[name] = estimator.estimate_policy_value(**logged, **common, **model)
    return {name: float(value) for name, value in told.items()}


def main() -> None:
    """Write one fixture a campaign."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of random_*.parquet")
    parser.add_argument("--out", type=Path, required=True, help="folder of the fixtures")
    asked = parser.parse_args()
    for campaign in CAMPAIGNS:
        kept = given(asked.data, campaign)
        about = {
            "made_by": "python -m benchmarks.obp_reference",
            "obp": __version__,
            "source": "Open Bandit Dataset (Saito et al. 2021), CC BY 4.0, 10,000-row sample",
        }
        path = asked.out / f"open_bandit_{campaign}.json"
        text = json.dumps(about | kept | {"figures": figures(kept)}, separators=(",", ":"))
        path.write_text(text + "\n")
        print(f"{path}: {len(text):,} bytes")


if __name__ == "__main__":
    main()
