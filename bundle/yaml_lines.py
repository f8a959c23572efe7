"""A YAML file as plain values, with the line and column of each.

Read from YAML's node graph, so that a mistake can be shown where it stands. Of YAML only what a
catalogue needs is taken: mappings, lists and plain values. Tags are refused, and a key that stands
twice in a mapping is a problem, where YAML would silently take the last.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from bundle.problems import Problem

Loc = tuple[str | int, ...]
_MOST_VALUES: Final = 100_000
_PLAIN: Final = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")
)
_SYNTAX: Final = {
    "mapping values are not allowed": "put the text after the first `:` in quotes, or mend the"
    " indentation",
    "found character '\\t'": "indent with spaces, not with tabs",
    "could not find expected ':'": "write `key: value`, with a space after the `:`",
    "expected <block end>": "indent the line like its neighbours",
    "found unexpected end of stream": "close the quote",
    "expected ',' or": "close the bracket, or put a comma between",
    "another document": "remove the line `---`",
}


@dataclass
class Document:
    """A file that was read.

    Parameters
    ----------
    name
        Name of the file, without its folder.
    content
        Plain values; None for an empty file.
    problems
        What was met on the way: keys that stand twice, tags, dates that are none.
    """

    name: str
    text: str
    content: Any = None
    problems: list[Problem] = field(default_factory=list)
    _values: dict[Loc, yaml.Node] = field(default_factory=dict)
    _keys: dict[Loc, yaml.Node] = field(default_factory=dict)
    _around: list[yaml.Node] = field(default_factory=list)

    def problem(
        self, loc: Loc, message: str, remedy: str, *, at_key: bool = False, offset: int = 0
    ) -> Problem:
        """Say what is wrong with a field.

        Parameters
        ----------
        loc
            Path of keys and positions; where there is no such value, what holds it is shown.
        at_key
            Show the key and not the value.
        offset
            Characters into the text of the value.
        """
        line, column = self._place(loc, at_key=at_key, offset=offset)
        return Problem(self.name, line, column, path_text(loc), message, remedy)

    def shown(self, loc: Loc) -> str:
        """Return a value as the file has it, short."""
        node = self._values.get(loc)
        if not isinstance(node, yaml.ScalarNode):
            return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
        text = str(node.value)
        return repr(text if len(text) <= 60 else f"{text[:57]}...")

    def _place(self, loc: Loc, *, at_key: bool, offset: int) -> tuple[int, int]:
        if at_key and loc in self._keys:
            return _mark(self._keys[loc])
        while loc and loc not in self._values:
            loc = loc[:-1]
        node = self._values.get(loc)
        if node is None:
            return 1, 1
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            written = self.text[node.start_mark.index : node.end_mark.index]
            # An escape is longer in the file than in the text: where it begins is all we know.
            escaped = node.style == '"' and "\\" in written
            return self._inside(node, 0 if escaped else offset)
        return _mark(node)

    def _inside(self, node: yaml.ScalarNode, offset: int) -> tuple[int, int]:
        """Find a character of a text in the file, which may have folded or indented it.

        Folding and indenting change white space only, so the other characters are counted.
        """
        at = int(node.start_mark.index)
        if node.style in ("|", ">"):
            at = max(self.text.find("\n", at), at)
        elif offset and node.style in ('"', "'"):
            at += 1
        left = sum(not c.isspace() for c in str(node.value)[:offset])
        while at < len(self.text) and (left or self.text[at].isspace()):
            left -= not self.text[at].isspace()
            at += 1
        return self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at)

    def read(self, node: yaml.Node, loc: Loc) -> Any:  # noqa: ANN401 - any YAML value
        """Turn a node into plain values, keeping the place of each."""
        self._values[loc] = node
        if len(self._values) > _MOST_VALUES or node in self._around:
            # A few aliases of aliases can stand for more values than there is memory.
            self._note(loc, "aliases (`*name`) stand for too much", "write the values out")
            return None
        if node.tag not in _PLAIN:
            self._note(loc, f"the tag {node.tag!r} is not read", "write a plain value")
            return None
        self._around.append(node)
        content: Any
        match node:
            case yaml.MappingNode():
                content = {k: self.read(each, (*loc, k)) for k, each in self._pairs(node, loc)}
            case yaml.SequenceNode():
                content = [self.read(each, (*loc, k)) for k, each in enumerate(node.value)]
            case _:
                content = self._scalar(node, loc)
        self._around.pop()
        return content

    def _pairs(self, node: yaml.MappingNode, loc: Loc) -> Iterator[tuple[str, yaml.Node]]:
        lines: dict[str, int] = {}
        for key, value in node.value:
            # The text as it stands: YAML would read the country NO as false.
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            self._keys.setdefault((*loc, name), key)
            if name in lines:
                line, column = _mark(key)
                message = f"the key {name!r} stands twice, first in line {lines[name]}"
                where = path_text((*loc, name))
                self.problems.append(
                    Problem(self.name, line, column, where, message, "keep one of them")
                )
                continue
            lines[name] = _mark(key)[0]
            yield name, value

    def _scalar(self, node: yaml.Node, loc: Loc) -> Any:  # noqa: ANN401 - any YAML value
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except ValueError as error:
            self._note(loc, f"{self.shown(loc)} is no value ({error})", "correct it")
            return None

    def _note(self, loc: Loc, message: str, remedy: str) -> None:
        self.problems.append(self.problem(loc, message, remedy, at_key=True))


def read_document(path: Path) -> Document | Problem:
    """Read a file; where it cannot be read, is not UTF-8 or no YAML, say so and on which line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = Document(path.name, text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document.content = None if root is None else document.read(root, ())
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror})"
        return Problem(path.name, 0, 0, "", what, "restore the file")
    except UnicodeDecodeError as error:
        return Problem(path.name, 0, 0, "", f"{error}", "save the file as UTF-8")
    except yaml.YAMLError as error:
        return _syntax(path.name, text, error)
    except RecursionError:
        return Problem(path.name, 0, 0, "", "nested too deeply", "remove brackets")
    return document


def path_text(loc: Loc) -> str:
    """Write a path as people do: ``actions[0].prior.mean``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def _mark(node: yaml.Node) -> tuple[int, int]:
    return int(node.start_mark.line) + 1, int(node.start_mark.column) + 1


def _syntax(name: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    message = str(getattr(error, "problem", None) or error).splitlines()[0]
    if isinstance(error, yaml.reader.ReaderError):
        message = f"the character {error.character!r} cannot stand in YAML"
        line = text.count("\n", 0, error.position) + 1
        return Problem(name, line, error.position - text.rfind("\n", 0, error.position), "",
                       message, "remove it")  # fmt: skip
    remedy = next((r for start, r in _SYNTAX.items() if start in message), "correct the YAML")
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem(name, line, column, "", f"no YAML: {message}", remedy)
