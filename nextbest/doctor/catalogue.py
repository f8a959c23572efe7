"""Whether a catalogue holds together, and for whom its conditions hold."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nextbest.terminal import now, say

if TYPE_CHECKING:
    from bundle.contents import Bundle
    from bundle.eligibility import Share
    from bundle.problems import Problem
    from decisioning.catalogue import Action
    from decisioning.policy import Policy
    from features.settings import Settings


@dataclass(frozen=True)
class Examined:
    """What was found in a catalogue.

    Parameters
    ----------
    against
        What it was checked against.
    shares
        Customers for whom each condition holds.
    """

    files: dict[str, str]
    against: str
    errors: list["Problem"]
    warnings: list["Problem"]
    shares: dict[str, "Share"]
    actions: int = 0


def examine(s: "Settings", folder: Path, champion: "Bundle | None") -> Examined:
    """Check ``actions.yaml`` and ``policy.yaml`` of a folder; what it lacks is the default's.

    Parameters
    ----------
    champion
        What they are checked against; None before the first one.
    """
    from bundle.catalogue import examine_actions, examine_policy
    from bundle.contents import condition_columns
    from bundle.files import CATALOGUE_FILES, DEFAULTS
    from bundle.yaml_lines import read_document
    from features.definitions import FEATURES

    paths = {n: (folder if (folder / n).is_file() else DEFAULTS) / n for n in CATALOGUE_FILES}
    if champion is None:
        columns = [{"name": f.name, "protected": f.protected} for f in FEATURES]
        names = condition_columns(columns, {})
        # Which models a training will fit is not known yet: every name may become one.
        models = _named_models(read_document(paths["actions.yaml"]))
    else:
        names = condition_columns(champion.manifest.columns, champion.models, champion.amounts)
        models = tuple(champion.models)
    actions, errors, known = examine_actions(paths["actions.yaml"], names, models)
    policy, more = examine_policy(paths["policy.yaml"], names, known)
    return _found(s, champion, paths, actions, policy, [*errors, *more])


def _found(
    s: "Settings",
    champion: "Bundle | None",
    paths: dict[str, Path],
    actions: "list[Action]",
    policy: "Policy | None",
    errors: "list[Problem]",
) -> Examined:
    from bundle.advice import Facts, advise
    from bundle.eligibility import eligible_shares
    from bundle.files import DEFAULTS
    from bundle.problems import Problem
    from bundle.yaml_lines import read_document

    files = {n: "default" if p.parent == DEFAULTS else str(p.parent) for n, p in paths.items()}
    against = "the columns of this version; there is no champion yet"
    if champion is not None:
        against = f"champion {champion.manifest.bundle_version}"
    if errors or policy is None:
        return Examined(files, against, sorted(errors), [], {})
    catalogue, rules = (read_document(path) for path in paths.values())
    if isinstance(catalogue, Problem) or isinstance(rules, Problem):
        raise RuntimeError("the files changed while they were being read")
    shares = eligible_shares(champion, actions) if champion else {}
    models = tuple(champion.models) if champion else None
    facts = Facts(now(), models, shares, _granted(s))
    warnings = advise(catalogue, rules, actions, policy, facts)
    return Examined(files, against, [], warnings, shares, len(actions))


def _named_models(document: object) -> tuple[str, ...]:
    from bundle.yaml_lines import Document

    content = document.content if isinstance(document, Document) else None
    listed = content.get("actions") if isinstance(content, dict) else None
    actions = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    return tuple(str(a["model"]) for a in actions if a.get("model"))


def _granted(s: "Settings") -> set[tuple[str, str]] | None:
    """List what at least one customer granted; None before anything was ingested."""
    from features.tables import open_tables

    if not (s.tables / "manifest.json").is_file():
        return None
    con = open_tables(s.tables, verify=False)
    rows = con.execute(
        "select distinct purpose, channel from consents where status = 'granted'"
    ).fetchall()
    con.close()
    return {(str(purpose), str(channel)) for purpose, channel in rows}


def tell(found: Examined) -> None:
    """Write what was found."""
    files = ", ".join(f"{name} ({where})" for name, where in found.files.items())
    say(f"catalogue {files}: checked against {found.against}")
    for name, share in found.shares.items():
        unknown = f", {share.unknown:.1%} unknown" if share.unknown else ""
        say(f"eligible  {name}: {share.true:.1%} of the champion's customers{unknown}")
    for problem in found.errors:
        say(f"error     {problem}")
    for problem in found.warnings:
        say(f"warning   {problem}")
    errors, warnings = len(found.errors), len(found.warnings)
    if errors:
        say(f"{errors} to correct; warnings come when nothing is wrong")
    else:
        say(f"in order  {found.actions} actions, {warnings} warnings")


def as_json(found: Examined) -> dict[str, object]:
    """Return what was found for machines."""
    return {
        "catalogue": found.files,
        "against": found.against,
        "errors": [asdict(problem) for problem in found.errors],
        "warnings": [asdict(problem) for problem in found.warnings],
        "eligible": {name: asdict(share) for name, share in found.shares.items()},
    }
