"""The ``nextbest`` command: each subcommand calls one function of the floors below.

Imports stand inside the commands: ``nextbest --help`` must not wait for MLflow.
"""

import sys

import click

from nextbest.consume import intake
from nextbest.data import ingest
from nextbest.deciding import decide
from nextbest.demo import demo
from nextbest.diff import diff
from nextbest.doctor import doctor
from nextbest.drift import drift
from nextbest.experience import experience
from nextbest.identity import identity
from nextbest.keys import keys
from nextbest.learning import evaluate, promote, rollback, train, tune
from nextbest.measure import measure
from nextbest.minimise import minimise
from nextbest.privacy import audit, erase, export
from nextbest.retain import retain
from nextbest.running import score, serve
from nextbest.segments import segments
from nextbest.simulate import simulate
from nextbest.snapshots import features
from nextbest.upkeep import bento


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="nextbest")
def main() -> None:
    """Recommendations and next-best actions, gated by stock and consent.

    Start with `nextbest demo`, or ingest, train, promote and serve your own data. State lives
    in NEXTBEST_HOME (default ./var).
    """


for command in (
    ingest,
    features,
    identity,
    segments,
    experience,
    minimise,
    measure,
    train,
    tune,
    evaluate,
    promote,
    rollback,
    drift,
    score,
    serve,
    intake,
    decide,
    diff,
    simulate,
    demo,
    bento,
    keys,
    export,
    erase,
    retain,
    audit,
    doctor,
):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
