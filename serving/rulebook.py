"""The rules that decided, by version: those of the bundle in use, and those that the store kept."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bundle.catalogue import read_catalogue
from bundle.contents import Bundle, condition_columns
from bundle.files import CATALOGUE_FILES
from bundle.manifest import Manifest
from decisioning.compiled import Catalogue
from decisioning.policy import Policy
from serving.stores.ports import RulesRow, RuleStore


@dataclass(frozen=True)
class Rules:
    """A catalogue and a policy: what, with the inputs of a record, makes its decision."""

    actions: Catalogue
    policy: Policy


class Rulebook:
    """Rules by version.

    Parameters
    ----------
    bundle
        The bundle in use, whose rules need no looking up.
    store
        Where the rules of other bundles were kept.
    """

    def __init__(self, bundle: Bundle, store: RuleStore) -> None:
        self._store = store
        own = Rules(Catalogue.of(bundle.actions), bundle.policy)
        self._read = {bundle.manifest.policy_version: own}

    def find(self, policy_version: str) -> Rules | None:
        """Return the rules of a version, None when they were never kept.

        Raises
        ------
        CatalogueError
            If this program can no longer read them.
        """
        if policy_version not in self._read:
            kept = self._store.get(policy_version)
            if kept is None:
                return None
            self._read[policy_version] = read_rules(kept)
        return self._read[policy_version]


def keep_rules(store: RuleStore, folder: Path, manifest: Manifest, now: int) -> bool:
    """Keep the rules of a bundle's folder, once a version; say whether they were new."""
    if store.get(manifest.policy_version) is not None:
        return False
    actions, policy = ((folder / name).read_text(encoding="utf-8") for name in CATALOGUE_FILES)
    # An amount is read by its own name, as a column is.
    named = [*manifest.columns, *({"name": name} for name in manifest.amounts)]
    columns, models = json.dumps(named), json.dumps(list(manifest.models))
    return store.keep(RulesRow(manifest.policy_version, actions, policy, columns, models, now))


def read_rules(kept: RulesRow) -> Rules:
    """Read kept rules as they were read when they decided."""
    models = dict.fromkeys(json.loads(kept.models))
    columns = condition_columns(json.loads(kept.columns), models)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in zip(CATALOGUE_FILES, (kept.actions, kept.policy), strict=True):
            (Path(folder) / name).write_text(text, encoding="utf-8")
        actions, policy = read_catalogue(Path(folder), columns, models)
    return Rules(Catalogue.of(actions), policy)
