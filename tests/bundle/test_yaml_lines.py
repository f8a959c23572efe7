"""Every value of a YAML file has its line and column; nothing but plain values is read."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundle.yaml_lines import Document, read_document


def read(folder: Path, text: str) -> Document:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    document = read_document(path)
    assert isinstance(document, Document)
    return document


def place(document: Document, *loc: str | int, offset: int = 0) -> tuple[int, int]:
    problem = document.problem(loc, "x", "y", offset=offset)
    return problem.line, problem.column


def test_plain_values_are_what_yaml_says(tmp_path: Path):
    text = "a: 1\nb: [x, 2.5, ~, yes, 2026-01-31]\nNO: 'yes'\nd: {e: &f {g: 1}, h: *f}\n"
    assert read(tmp_path, text).content == {
        "a": 1,
        "b": ["x", 2.5, None, True, dt.date(2026, 1, 31)],
        "NO": "yes",
        "d": {"e": {"g": 1}, "h": {"g": 1}},
    }
    assert read(tmp_path, "").content is None
    assert read(tmp_path, "\ufeffa: 1").content == {"a": 1}


def test_places(tmp_path: Path):
    document = read(tmp_path, "# first\na:\n  - b: 1\n    c: 'x y'\n  - [p, q]\n")
    assert place(document, "a", 0, "c") == (4, 8)
    assert place(document, "a", 0, "c", offset=2) == (4, 11)
    assert place(document, "a", 1, 1) == (5, 9)
    assert place(document, "a", 0, "gone", "deeper") == (3, 5), "what holds it"
    assert place(document) == (2, 1)
    key = document.problem(("a", 0, "c"), "x", "y", at_key=True)
    assert (key.line, key.column, key.field) == (4, 5, "a[0].c")


STYLES = {
    "plain": "a: one two\n   three\n",
    "plain over lines": "a:\n  one\n  two   three\n",
    "single": "a: 'one two\n  three'\n",
    "double": 'a: "one\n\n   two three"\n',
    "folded": "a: >\n  one two\n  three\n",
    "folded, chomped": "a: >-   # a remark\n\n    one\n    two three\n",
    "literal": "a: |\n  one\n  two\n  three\n",
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("word", ["one", "two", "three"])
def test_a_word_within_a_text_is_found_where_it_stands(tmp_path: Path, style: str, word: str):
    text = STYLES[style]
    document = read(tmp_path, text)
    line, column = place(document, "a", offset=document.content["a"].index(word))
    assert text.splitlines()[line - 1][column - 1 :].lstrip("'\"").startswith(word)


@pytest.mark.parametrize(
    ("text", "line", "field", "part"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a", "first in line 1"),
        ("x:\n  - {a: 1, a: 1}\n", 2, "x[0].a", "stands twice"),
        ("a: !!python/name:os.system x\n", 1, "a", "python/name"),
        ("!!python/object/apply:os.system [ls]\n", 1, "", "python/object"),
        ("a: !!set {b}\n", 1, "a", "set"),
        ("a: !mine 3\n", 1, "a", "!mine"),
        ("a:\n  b: 2026-02-30\n", 2, "a.b", "'2026-02-30' is no value"),
        ("a: &b [1, *b]\n", 1, "a[1]", "aliases"),
    ],
)
def test_what_yaml_would_let_pass(tmp_path: Path, text: str, line: int, field: str, part: str):
    (problem,) = read(tmp_path, text).problems
    assert (problem.line, problem.field) == (line, field)
    assert part in problem.message


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path):
    levels = "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]\n" for k in range(1, 9))
    document = read(tmp_path, "a0: &a0 [x]\n" + levels)
    assert any("aliases" in problem.message for problem in document.problems)
    assert str(document.content).count("x") <= 100_000


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"actions: [", 1, "no YAML"),
        (b"a: b: c", 1, "in quotes"),
        (b"a:\n\t- b", 2, "spaces, not with tabs"),
        (b"a: 1\nb", 2, "write `key: value`"),
        (b"a: 'x\n", 2, "close the quote"),
        (b"a: {b: 1", 1, "close the bracket"),
        (b"a: 1\n---\nb: 2\n", 2, "remove the line `---`"),
        (b"a:\n  - b\n - c\n", 3, "like its neighbours"),
        (b"a: b\nc: \x01", 2, "cannot stand in YAML"),
        ("label: Thé".encode("latin-1"), 0, "save the file as UTF-8"),
        (b"[" * 5000, 0, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_yaml(tmp_path: Path, content: bytes, line: int, part: str):
    path = tmp_path / "policy.yaml"
    path.write_bytes(content)
    said = str(read_document(path))
    assert part in said
    assert said.startswith(f"policy.yaml, line {line}," if line else "policy.yaml:")
    assert len(said) < 300


SIGNS = st.text(st.sampled_from("ab:-[]{}&*!|>'\"#\n \t,?%@~1.\\\x85")) | st.text()


@given(SIGNS)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = read_document(path)
    if isinstance(found, Document):
        found = found.problem((), "x", "y", offset=len(text))
    assert str(found).startswith("any.yaml")
