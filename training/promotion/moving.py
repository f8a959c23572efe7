"""Moving the alias, and laying the champion where a Bento is packed from."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bundle.files import read_bundle
from features.errors import RegistryError
from features.settings import Settings, ensure_home
from training import tracking
from training.promotion.audit import write_entry
from training.promotion.gates import Gate
from training.promotion.judging import judge
from training.promotion.rules import PromotionRules
from training.promotion.versions import read_version


@dataclass(frozen=True)
class Promotion:
    """What became of a wish to move the alias.

    Parameters
    ----------
    before, after
        The version that held the alias (None for none), and the one asked for.
    gates
        What each gate said; empty where none was asked.
    moved
        Whether ``after`` holds the alias now.
    """

    before: str | None
    after: str
    gates: Sequence[Gate]
    moved: bool


def promote(
    settings: Settings,
    rules: PromotionRules,
    now: int,
    version: str | None = None,
    reason: str = "",
) -> Promotion:
    """Give the alias ``champion`` to a version, the newest when none is named, if the gates open.

    Parameters
    ----------
    now
        For the audit, epoch seconds.
    reason
        Why the gates do not count this time; they are asked all the same, and the audit keeps
        what they said beside the reason. Empty: they count.

    Raises
    ------
    RegistryError
        If there is no such version.
    BundleError
        If its files do not match its manifest: no reason promotes that.
    """
    ensure_home(settings)
    client = tracking.connect(settings)
    chosen = version or tracking.latest_version(client)
    if chosen is None:
        raise RegistryError("Nothing is registered yet.", "train first: `nextbest train`.")
    challenger = read_version(client, chosen)
    before = tracking.version_of(client, tracking.CHAMPION)
    if before == chosen:
        _lay_out(tracking.bundle_directory(client, chosen), settings.home / "champion")
        return Promotion(before, chosen, (), moved=True)
    champion = None if before is None else read_version(client, before)
    gates = tuple(judge(settings, rules, challenger, champion))
    moved = bool(reason) or all(gate.passed for gate in gates)
    act = "held back" if not moved else "forced" if reason else "promote"
    if moved:
        _move(settings, client, chosen)
    write_entry(
        settings.home, at=now, act=act, before=before, after=chosen, gates=gates, reason=reason
    )
    return Promotion(before, chosen, gates, moved)


def rollback(settings: Settings, now: int) -> Promotion:
    """Give the alias back to the version that held it before; no gate is asked.

    Raises
    ------
    RegistryError
        If no version held it before.
    """
    ensure_home(settings)
    client = tracking.connect(settings)
    previous = tracking.version_of(client, tracking.PREVIOUS)
    if previous is None:
        raise RegistryError(
            "No version held the alias before this one.",
            "name a version: `nextbest promote VERSION`.",
        )
    read_bundle(tracking.bundle_directory(client, previous))
    before = _move(settings, client, previous)
    write_entry(settings.home, at=now, act="rollback", before=before, after=previous)
    return Promotion(before, previous, (), moved=True)


def _move(settings: Settings, client: tracking.Client, version: str) -> str | None:
    before = tracking.promote(client, version)
    _lay_out(tracking.bundle_directory(client, version), settings.home / "champion")
    return before


def _lay_out(source: Path, target: Path) -> None:
    """Copy a bundle, whole or not at all."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    old = target.with_name(f"{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
