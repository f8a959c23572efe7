"""The learning policy against fixed actions, a greedy response model and random, over 20 seeds.

    python -m benchmarks.policy_simulation [--seeds 20] [--customers 2000] [--weeks 26] [--json]
        [--policy FOLDER]

Every seed is a shop of its own (`training/simulation/world/`), in which every policy plays the same
weeks by the same draws. Printed: value added to doing nothing and what the learning policy is ahead
by, paired by seed with 95 % intervals; regret; and how often the off-policy intervals from the
learning policy's log hold the truth.
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from nextbest.terminal import say, say_json
from training.simulation.compare import compare, count_policies
from training.simulation.lines import readable
from training.simulation.players import GREEDY, RANDOM
from training.simulation.report import Report, report
from training.simulation.truth_file import WORLD
from training.simulation.world import read_rules

BARS = (GREEDY, RANDOM, "best fixed action")


def main() -> None:
    """Play, print, and say of each bar whether it is met."""
    asked = _arguments()
    rules = read_rules(asked.policy)
    steps = asked.seeds * count_policies(rules)
    with tqdm(total=steps, desc="simulate", unit="run", disable=asked.json) as bar:
        found = compare(
            rules, range(asked.seeds), asked.customers, asked.weeks, lambda _: bar.update()
        )
    told = report(found, rules)
    if asked.json:
        say_json(told)
        return
    for line in (*readable(told), "", *_fixed(told), "", *_bars(told)):
        say(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--policy", type=Path, default=WORLD, help="another shop's three files")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _fixed(told: Report) -> list[str]:
    ranked = sorted(told["fixed"].items(), key=lambda one: -one[1]["mean"])
    return ["Fixed actions, mean over seeds", *(f"  {n:30}{s['mean']:8.2f}" for n, s in ranked)]


def _bars(told: Report) -> list[str]:
    """Tell which bars are met; an interval must lie wholly on the right side."""
    policies = {one["name"]: one for one in told["policies"]}
    lines = [
        f"ahead of {name}: {'met' if policies[name]['learning_ahead_by']['low'] > 0 else 'MISSED'}"
        for name in BARS
    ]
    fell = told["regret_change"]["high"] < 0
    lines.append(f"regret a week falls: {'met' if fell else 'MISSED'}")
    for name, share in told["off_policy"]["coverage"].items():
        within = 0.85 <= share <= 0.95
        last = told["off_policy"]["seeds_covered_in_last_week"][name]
        lines.append(
            f"{name} interval holds the truth in 85-95 %: {share:.1%} of the weeks, "
            f"{last} of {told['off_policy']['seeds_in_last_week']} seeds in the last week: "
            f"{'met' if within else 'MISSED'}"
        )
    return lines


if __name__ == "__main__":
    main()
