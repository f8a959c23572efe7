"""Command ``doctor``."""

import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from nextbest.doctor import machine, model, state
from nextbest.doctor.catalogue import as_json, examine, tell
from nextbest.doctor.findings import Finding, Found, Site
from nextbest.terminal import now, one_line_errors, say, say_json, settings

CHECKS: tuple[Callable[[Site], Found], ...] = (
    machine.names,
    machine.home,
    machine.threads,
    machine.store_kind,
    machine.port,
    machine.demo_keys,
    model.tables,
    model.champion,
    model.staleness,
    state.store,
    state.secret,
    state.stock,
    state.consents,
    state.decided,
    state.quiet,
)
"""What is looked at, in the order in which one mistake causes the next."""


@click.command()
@click.option(
    "--catalogue",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Check only actions.yaml and policy.yaml of this folder.",
)
@click.option("--json", "as_machine", is_flag=True, help="Write what was found as JSON.")
@one_line_errors
def doctor(catalogue: Path | None, as_machine: bool) -> None:
    """Check settings, data, bundle, store and catalogue, and say what mends each mistake.

    The catalogue is the one that the next training takes, or that of a folder, which is checked
    without running anything. What a folder lacks is taken from the defaults. Exit code 1 when
    something is wrong; a warning is no error. docs/operations.md lists what is looked for.

    \b
    Examples:
      nextbest doctor
      nextbest doctor --catalogue my-actions
    """
    s = settings()
    site = Site(s, os.environ, now())
    findings = [] if catalogue else look_around(site)
    examined = examine(s, catalogue or s.home, site.bundle) if _can(findings, site) else None
    site.close()
    if as_machine:
        content = {} if examined is None else as_json(examined)
        say_json({"checks": [asdict(one) for one in findings], **content})
    else:
        for one in findings:
            say(_line(one))
        if examined is not None:
            tell(examined)
    wrong = any(one.severity == "error" for one in findings)
    if wrong or (examined is not None and examined.errors):
        sys.exit(1)


def look_around(site: Site) -> list[Finding]:
    """Make every check of an installation; one that fails hides no other."""
    found: list[Finding] = []
    for check in CHECKS:
        found.extend(check(site))
        if check is machine.home and found and found[-1].severity == "error":
            return found  # nothing else can be looked at
    return found


def _can(findings: list[Finding], site: Site) -> bool:
    """Tell whether a catalogue can be examined: against a sound champion, or before the first."""
    from features.errors import NextbestError, RegistryError

    broken = {one.check for one in findings if one.severity == "error"}
    if "home" in broken or (
        "tables" in broken and (site.settings.tables / "manifest.json").is_file()
    ):
        return False
    return not isinstance(site.champion, NextbestError) or isinstance(site.champion, RegistryError)


def _line(one: Finding) -> str:
    if one.severity == "ok":
        return f"{one.check:9s} {one.message}"
    return f"{one.severity:9s} {one.check}: {one.message} {one.remedy}".rstrip()
