"""Commands that look after an installation: ``keys`` and ``bento``."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from nextbest.terminal import now, one_line_errors, say, settings

SCOPES = ("decide", "ingest", "crm", "admin")


@click.command()
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="What the key may do; may stand several times.",
)
@click.option("--label", default="", help="Who holds it.")
@click.option("--revoke", metavar="KEY", help="Revoke this key instead.")
@one_line_errors
def keys(scopes: tuple[str, ...], label: str, revoke: str | None) -> None:
    """Make an API key and print it once (only its hash is stored), or revoke one.

    \b
    Example:
      nextbest keys --scope decide --label webshop
    """
    from serving.auth import hash_key, issue_key
    from serving.stores.opening import open_stores

    if not scopes and not revoke:
        raise click.UsageError("name at least one --scope, or a key to --revoke.")
    stores = open_stores(settings().store_url)
    if revoke:
        say("revoked." if stores.keys.revoke(hash_key(revoke)) else "no such key.")
    else:
        say(issue_key(stores.keys, frozenset(scopes), label, now()))
    stores.close()


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
