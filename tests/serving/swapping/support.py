"""Bundles that differ, made from the village's, and a process that follows them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bundle.manifest import write_manifest
from features.settings import Settings
from serving.bootstrap import Following, follow
from tests.integration.support import Shop


def variant(bundle: Path, to: Path, edit: Callable[[Path], None]) -> Path:
    """Copy a bundle, change its files, and write the manifest that fits them."""
    shutil.copytree(bundle, to)
    edit(to)
    facts: dict[str, Any] = json.loads((to / "manifest.json").read_text())
    (to / "manifest.json").unlink()
    write_manifest(to, facts)
    return to


def reseeded(seed: int) -> Callable[[Path], None]:
    """Change the policy's seed: another policy, another bundle, the same models."""

    def edit(folder: Path) -> None:
        policy = folder / "policy.yaml"
        kept = [line for line in policy.read_text().splitlines() if not line.startswith("seed:")]
        policy.write_text("\n".join([*kept, f"seed: {seed}", ""]))

    return edit


def poisoned(folder: Path) -> None:
    """Make every popularity no number, as a broken training would; all hashes agree."""
    for file in sorted((folder / "arrays").glob("*.npz")):
        held = dict(np.load(file))
        for name, values in held.items():
            if "popularity" in name and values.dtype.kind == "f":
                held[name] = np.full_like(values, np.nan)
        np.savez(file, **held)


def unknown_column(folder: Path) -> None:
    """Let a condition read what the bundle does not have."""
    actions = folder / "actions.yaml"
    text = actions.read_text()
    actions.write_text(text.replace("eligible_when: ", "eligible_when: no_such_column > 1 and ", 1))


def swap_in(folder: Path, other: Path) -> None:
    """Put another bundle in a folder's place, at once."""
    gone = folder.with_name(folder.name + ".old")
    folder.rename(gone)
    shutil.copytree(other, folder)
    shutil.rmtree(gone)


def following(shop: Shop, **more: Any) -> tuple[Following, Settings]:
    """Follow what the shop's settings name, without a thread."""
    settings = replace(shop.settings, **more)
    return follow(shop.parts, settings), settings
