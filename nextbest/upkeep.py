"""Command ``bento``: the service and its champion in one folder."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from nextbest.terminal import one_line_errors, settings


@click.command()
@one_line_errors
def bento() -> None:
    """Build a Bento with the champion inside.

    \b
    Example:
      nextbest bento
    """
    from bundle.manifest import read_manifest

    champion = settings().home / "champion"
    read_manifest(champion)
    environment = {**os.environ, "BENTOML_DO_NOT_TRACK": "true"}
    with tempfile.TemporaryDirectory() as scratch:
        context = Path(scratch)
        _lay_out(context, champion)
        # BentoML refuses a bentofile outside the folder that it is run in.
        command = [sys.executable, "-m", "bentoml", "build", "."]
        code = subprocess.call(command, env=environment, cwd=context)
    sys.exit(code)


def _lay_out(context: Path, champion: Path) -> None:
    """Copy what a Bento is built from, with this champion, beside nothing else."""
    root = Path(__file__).resolve().parent.parent
    for name in ("serving", "bundle", "decisioning", "features"):
        shutil.copytree(root / name, context / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("bentofile.yaml", "requirements.lock", "README.md", "LICENSE"):
        shutil.copy(root / name, context / name)
    shutil.copytree(champion, context / "var" / "champion")
