"""Commands about models: ``train``, ``evaluate``, ``promote`` and ``rollback``."""

import subprocess
import time
from pathlib import Path

import click

from decisioning.recommender.family import FAMILY
from nextbest.lessons import log_of
from nextbest.online import read_comments, statements
from nextbest.opened import noted
from nextbest.terminal import Day, now, one_line_errors, say, say_json, settings


class Models(click.ParamType):  # type: ignore[type-arg]
    """Names of models, separated by commas."""

    name = "names"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Check every name against the family."""
        names = tuple(name.strip() for name in value.split(",") if name.strip())
        unknown = sorted(set(names) - set(FAMILY))
        if unknown or not names:
            self.fail(f"no model {', '.join(unknown)}; use some of {', '.join(FAMILY)}", param, ctx)
        return tuple(dict.fromkeys(names))


@click.command()
@click.option(
    "--as-of",
    type=Day(),
    help="Use nothing at or after this date; the end of the data when left out.",
)
@click.option(
    "--models",
    type=Models(),
    help="Models that the ranker hears, separated by commas; those of docs/evaluation.md when"
    " left out.",
)
@click.option(
    "--time-budget",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Seconds to try other choices of models in, on the last month; 0 to try none.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")
@one_line_errors
def train(
    as_of: int | None, models: tuple[str, ...] | None, time_budget: float, as_json: bool
) -> None:
    """Fit, measure and register a new version of the bundle.

    \b
    Examples:
      nextbest train --as-of 2017-11-01
      nextbest train --time-budget 300
      nextbest train --models ials,item_knn,ease,rp3beta
    """
    from training.config import TrainingConfig
    from training.models.tasks import CustomerModelsConfig
    from training.pipeline import train as run
    from training.recommender.budget import Budget
    from training.recommender.family import FamilyConfig
    from training.tuning import read_tuned

    s = settings()
    config = TrainingConfig(
        as_of=as_of,
        now=now(),
        family=FamilyConfig() if models is None else FamilyConfig(names=models),
        customers=CustomerModelsConfig(tuned=read_tuned(s.home)),
        budget=Budget(time_budget, time.monotonic) if time_budget else None,
    )
    told = statements(s)
    read_comments(s, told, now())
    result = run(s, config, _tags(), told, log_of(s, now()), progress=not as_json)
    if as_json:
        say_json(vars(result))
        return
    for goal in ("any", "discover", "replenish"):
        name = f"{goal}_blend_ndcg_10"
        m = result.metrics
        if name not in m:
            say(f"{goal:10s} nothing to measure: no customer bought anything that counts")
            continue
        say(f"{goal:10s} NDCG@10 {m[name]:.3f} [{m[name + '_low']:.3f}, {m[name + '_high']:.3f}]")
    say(f"registered version {result.version}; promote it with: nextbest promote {result.version}")


@click.command()
@click.argument("model", default="churn")
@click.option("--as-of", type=Day(), help="As in `nextbest train`.")
@click.option(
    "--time-budget",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds; the trial that is running then ends.",
)
@click.option("--trials", type=click.IntRange(1), default=100, show_default=True, help="At most.")
@one_line_errors
def tune(model: str, as_of: int | None, time_budget: float, trials: int) -> None:
    """Search better settings of a customer MODEL, for the next training to use.

    Every trial is a nested run in MLflow; hopeless ones are stopped early. What did better is
    kept in tuned.json in NEXTBEST_HOME; delete it to go back.

    \b
    Examples:
      nextbest tune churn --time-budget 60
      nextbest tune service_contact --trials 20
    """
    from training.config import TrainingConfig
    from training.models.tuning import Budget
    from training.tuning import TUNED, tune_model

    s = settings()
    config = TrainingConfig(as_of=as_of, now=now())
    budget = Budget(time_budget, trials, time.monotonic)
    found = tune_model(s, model, config, budget, _tags(), statements(s))
    say(f"{found.tried} trials, {found.pruned} of them stopped early")
    say(f"log loss {found.before:.5f} with today's settings, {found.after:.5f} with the best")
    if found.after < found.before:
        say(f"kept in {TUNED}: `nextbest train` uses it; delete it to go back")
    else:
        say("nothing did better: nothing was changed")


@click.command()
@click.option(
    "--as-of",
    type=Day(),
    default="2017-12-01",
    show_default=True,
    help="The cut: purchases before it train, those from it on test.",
)
@click.option("--until", type=Day(), help="End of the test; the end of the data when left out.")
@click.option("--json", "as_json", is_flag=True, help="Write the figures as JSON.")
@one_line_errors
def evaluate(as_of: int, until: int | None, as_json: bool) -> None:
    """Measure the method on the published protocol (docs/evaluation.md), real rows only.

    \b
    Examples:
      nextbest evaluate
      nextbest evaluate --as-of 2017-11-01 --until 2017-12-01
    """
    from training.config import TrainingConfig
    from training.evaluate import evaluate as run

    figures = run(settings(), TrainingConfig(), as_of, until, progress=not as_json).as_json()
    if as_json:
        say_json(figures)
        return
    for goal, blend in figures["recommendations"].items():
        say(f"{goal}: NDCG@10 over {blend['n']} customers")
        rows = {**figures["baselines"][goal], "blend": blend}
        for name, row in rows.items():
            say(f"  {name:20s} {row['ndcg@10']:.4f} [{row['low']:.4f}, {row['high']:.4f}]")
        for name, told in blend["beyond"].items():
            say(f"  {name:20s} " + ", ".join(f"{what} {told[what]:.3f}" for what in told))
    models = {**({"churn": figures["churn"]} if "churn" in figures else {}), **figures["responses"]}
    for name, row in models.items():
        say(f"{name}: {row['n']} rows, rate {row['rate']:.3f}")
        for measure in ("auc", "brier", "ece"):
            low, high = row["intervals"][measure]
            say(
                f"  {measure:5s} {row[measure]:.4f} [{low:.4f}, {high:.4f}], "
                f"baseline {row['baseline'][measure]:.4f}"
            )


@click.command()
@click.argument("version", required=False)
@click.option(
    "--rules",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The gates; mlflow/promotion.yaml of the checkout when left out.",
)
@click.option(
    "--force",
    "reason",
    default="",
    metavar="REASON",
    help="Promote whatever the gates say; the audit keeps the reason.",
)
@one_line_errors
def promote(version: str | None, path: Path | None, reason: str) -> None:
    """Serve VERSION, if the gates open: give it the alias `champion`. The newest when left out.

    The gates stand in mlflow/promotion.yaml: better than the champion on rows neither saw,
    calibrated, no worse in any large segment, fresh, of this code's columns. Exit code 1 where
    one holds it back. Every answer is kept in promotions.jsonl.

    \b
    Examples:
      nextbest promote
      nextbest promote 3
      nextbest promote 3 --force "catalogue of December; same models"
    """
    from training.promotion.moving import promote as run
    from training.promotion.rules import RULES, read_rules

    asked = run(settings(), read_rules(path or RULES), now(), version, reason.strip())
    for gate in asked.gates:
        say(f"{'open  ' if gate.passed else 'CLOSED'} {gate.name}: {gate.said}")
    if asked.moved:
        noted("model.promote", {"before": asked.before, "after": asked.after})
        say(f"champion: version {asked.before or 'none'} -> {asked.after}")
        return
    shut = [gate.name for gate in asked.gates if not gate.passed]
    say(f"version {asked.after} is held back by: {', '.join(shut)}")
    say(f"the champion is still version {asked.before}" if asked.before else "nothing is served")
    raise SystemExit(1)


@click.command()
@one_line_errors
def rollback() -> None:
    """Give the alias `champion` back to the version that held it before.

    \b
    Example:
      nextbest rollback
    """
    from training.promotion.moving import rollback as run

    moved = run(settings(), now())
    noted("model.rollback", {"before": moved.before, "after": moved.after})
    say(f"champion: version {moved.before or 'none'} -> {moved.after}")


def _tags() -> dict[str, str]:
    """Return the git commit, where there is one."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
        )
    except OSError:
        return {}
    return {"git_commit": found.stdout.strip()} if found.returncode == 0 else {}
