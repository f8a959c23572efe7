"""Reads a ``sources.yaml``; what is wrong with it is told with its line."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from features.errors import SourceError
from features.sources.mapped.columns import ColumnMap
from features.sources.mapped.model import (
    CsvOptions,
    Database,
    SetAside,
    Since,
    SourceFile,
    TableInput,
)
from features.sources.mapped.suggesting import suggest

_MODELS: tuple[type[BaseModel], ...] = (
    SourceFile, TableInput, ColumnMap, CsvOptions, Database, Since, SetAside,
)  # fmt: skip


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars: ``yes``, ``no``, ``on`` and dates are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0].rsplit(":", 1)[1] in ("int", "float", "null")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_source_file(path: Path) -> SourceFile:
    """Read and check a ``sources.yaml``.

    Raises
    ------
    SourceError
        If it is missing, no YAML, or says what is not understood: the message names the line,
        the field and the value.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise SourceError(
            f"File {path} cannot be read ({error}).", "nextbest ingest --init FOLDER drafts one."
        ) from error
    root = _compose(path, text)
    try:
        return SourceFile.model_validate(_plain(path, root))
    except ValidationError as error:
        raise SourceError(*_told(path, root, error)) from error


def _compose(path: Path, text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise SourceError(f"File {path} is no YAML: {problem}", "mend that line.") from error
    if not isinstance(root, yaml.MappingNode):
        raise SourceError(
            f"File {path} is empty or a list.", "docs/sources.md shows what it holds."
        )
    return root


def _plain(path: Path, node: yaml.Node) -> object:
    """Turn nodes into values, refusing a key told twice, of which YAML would keep the last."""
    if isinstance(node, yaml.MappingNode):
        values: dict[str, object] = {}
        for key, value in node.value:
            name = str(getattr(key, "value", key))
            if name in values:
                raise SourceError(
                    f"{path}:{key.start_mark.line + 1}: {name!r} is told twice.", "keep one."
                )
            values[name] = _plain(path, value)
        return values
    if isinstance(node, yaml.SequenceNode):
        return [_plain(path, child) for child in node.value]
    return _scalar(node)


def _scalar(node: yaml.Node) -> object:
    text = str(node.value)
    tag = node.tag.rsplit(":", 1)[1]
    if tag == "null":
        return None
    if tag in ("int", "float") and text.replace("-", "", 1).isdecimal():
        # 007 is an id, not the number seven.
        return int(text) if str(int(text)) == text else text
    if tag == "float":
        return float(text) if text.lower().lstrip("+-.") not in ("inf", "nan") else text
    if text in ("true", "false") and getattr(node, "style", "") is None:
        return text == "true"
    return text


def _told(path: Path, root: yaml.Node, error: ValidationError) -> tuple[str, str]:
    # A misspelt name first: what it lacks under its right name is a consequence.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    location = [step for step in first["loc"] if not str(step).startswith("function-")]
    field = ".".join(str(step) for step in location)
    line = _line(root, location)
    others = len(error.errors()) - 1
    more = f" ({others} more to mend after this one.)" if others else ""
    if first["type"] == "extra_forbidden":
        known = {name for model in _MODELS for name in _names(model)}
        return f"{path}:{line}: {field} is not understood.{more}", suggest(str(location[-1]), known)
    message = first["msg"].removeprefix("Value error, ")
    shown = (
        "" if isinstance(first["input"], (dict, list, tuple)) else f" (found {first['input']!r})"
    )
    at = f"{field}: " if field else ""
    return (
        f"{path}:{line}: {at}{message}{shown}{more}",
        "docs/sources.md says what each field takes.",
    )


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _line(root: yaml.Node, location: Sequence[int | str]) -> int:
    """Find the line of a field, or of the nearest that holds it."""
    node, line = root, root.start_mark.line
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if str(k.value) == str(step)]
            if found:
                line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line
    return line + 1
