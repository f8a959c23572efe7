"""``actions.yaml`` and ``policy.yaml``: what a marketer edits, checked, as the core's values.

Every mistake of a file is found in one go: first each field by itself, then what must hold
between fields. A field that is wrong by itself is left out of the second look, the others are not.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bundle.build import build_action, build_policy
from bundle.checking import Checked
from bundle.problems import Problem, refusal
from bundle.rules import Names, action_findings, policy_findings
from bundle.specs import ActionsFile, ActionSpec, PolicySpec
from bundle.yaml_lines import Document, read_document
from decisioning.catalogue import Action
from decisioning.policy import Policy

_STAND_IN: Mapping[str, Any] = {
    "id": "x",
    "label": {"en": "x"},
    "kind": "offer",
    "channels": ["web"],
}
"""Stand in for required fields that are wrong, while the others are looked at."""


def read_catalogue(
    folder: Path, columns: Collection[str], models: Collection[str]
) -> tuple[tuple[Action, ...], Policy]:
    """Read ``actions.yaml`` and ``policy.yaml`` of a folder.

    Parameters
    ----------
    columns
        Names that conditions may use; of a `Vocabulary`, protected ones may not enter a price.
    models
        Names of the response models that exist.

    Raises
    ------
    CatalogueError
        Naming every mistake of both files: file, line, field, value and what would be right.
    """
    actions, problems, names = examine_actions(folder / "actions.yaml", columns, models)
    policy, more = examine_policy(folder / "policy.yaml", columns, names)
    if policy is None or problems or more:
        raise refusal([*problems, *more])
    return tuple(actions), policy


def read_actions(path: Path, columns: Collection[str], models: Collection[str]) -> list[Action]:
    """Read the catalogue; parameters and errors as `read_catalogue`."""
    actions, problems, _ = examine_actions(path, columns, models)
    if problems:
        raise refusal(problems)
    return actions


def read_policy(path: Path, columns: Collection[str], actions: Iterable[Action]) -> Policy:
    """Read the policy; parameters and errors as `read_catalogue`.

    Parameters
    ----------
    actions
        Those that the policy may name, by id or by group.
    """
    policy, problems = examine_policy(path, columns, names_of(actions))
    if policy is None or problems:
        raise refusal(problems)
    return policy


def names_of(actions: Iterable[Action]) -> Names:
    """List what a policy may name."""
    held = list(actions)
    return Names(
        tuple(a.action_id for a in held), tuple(dict.fromkeys(a.group for a in held if a.group))
    )


def examine_actions(
    path: Path, columns: Collection[str], models: Collection[str]
) -> tuple[list[Action], list[Problem], Names]:
    """Read the catalogue and list its mistakes; there are no actions where there is a mistake.

    The names are of every action, whether right or wrong: the policy may be checked all the same.
    """
    document = read_document(path)
    if isinstance(document, Problem):
        return [], [document], Names((), ())
    found = Checked(document, document.problems)
    file = found.validated(ActionsFile, document.content, (), {}, lambda _: ())
    listed = _elements(document.content)
    ids = [str(each.get("id")) for each in listed if each.get("id")]
    # An action's own response model exists once enough customers were offered it; until then
    # its prior stands, and naming the model already is no mistake.
    known = {*models, *ids}
    specs = [
        found.validated(
            ActionSpec,
            each,
            ("actions", k),
            _STAND_IN,
            lambda spec: action_findings(spec, columns, known),
            columns,
        )
        for k, each in enumerate(file.actions if file else ())
    ]
    found.problems += _of_the_list(document, listed) if file else ()
    groups = dict.fromkeys(str(each["group"]) for each in listed if each.get("group"))
    names = Names(tuple(ids), tuple(groups))
    if found.problems:
        return [], found.problems, names
    return [build_action(spec, columns) for spec in specs if spec], [], names


def examine_policy(
    path: Path, columns: Collection[str], names: Names
) -> tuple[Policy | None, list[Problem]]:
    """Read the policy and list its mistakes; there is none where there is a mistake."""
    document = read_document(path)
    if isinstance(document, Problem):
        return None, [document]
    found = Checked(document, document.problems)
    spec = found.validated(
        PolicySpec, document.content, (), {}, lambda spec: policy_findings(spec, names), columns
    )
    if spec is None or found.problems:
        return None, found.problems
    return build_policy(spec, columns), []


def _elements(content: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - whatever the file has
    listed = content.get("actions") if isinstance(content, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _of_the_list(document: Document, listed: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for k, each in enumerate(listed):
        name = str(each.get("id", ""))
        if name and first.setdefault(name, k) != k:
            yield document.problem(
                ("actions", k, "id"), f"the id {name!r} stands twice", "give each its own id"
            )
    if not any(each.get("kind") == "none" for each in listed):
        yield document.problem(
            ("actions",),
            "an action of the kind 'none' (doing nothing) is missing",
            "add one, as in the catalogue that comes with nextbest",
            at_key=True,
        )
