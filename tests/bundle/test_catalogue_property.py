"""Whatever is broken in the two files, what comes back is a catalogue or mistakes with places.

``CATALOGUE_CASES`` sets the number of broken files, 100 unless told otherwise.
"""

import copy
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bundle.catalogue import examine_actions, examine_policy
from bundle.contents import condition_columns
from bundle.files import CATALOGUE_FILES, DEFAULTS
from tests.bundle.support import COLUMNS, MODELS

CASES = int(os.environ.get("CATALOGUE_CASES", "100"))
NAMES = condition_columns(COLUMNS, dict.fromkeys(MODELS))
KNOWN = examine_actions(DEFAULTS / "actions.yaml", NAMES, MODELS)[2]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**30),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.text(max_size=5),
    st.sampled_from(
        ["offer", "web", "orders_90d > 1", "1 < age_years < 3", "'", "a: b", "#", "x\ny"]
    ),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def paths(content: Any) -> list[tuple[Any, ...]]:
    """Every place of a nested value."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for key, value in pairs:
        found.append((key,))
        if isinstance(value, dict | list):
            found += [(key, *rest) for rest in paths(value)]
    return found


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, Any]:
    """One of the two files, with up to three values replaced, removed, or added beside."""
    name = draw(st.sampled_from(CATALOGUE_FILES))
    content = yaml.safe_load((DEFAULTS / name).read_text(encoding="utf-8"))
    for _ in range(draw(st.integers(1, 3))):
        *way, key = draw(st.sampled_from(paths(content)))
        holder = content
        for step in way:
            holder = holder[step]
        match draw(st.sampled_from(["replace", "remove", "add", "copy"])):
            case "replace":
                holder[key] = draw(JUNK)
            case "remove":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(st.text(max_size=8))] = draw(JUNK)
            case "copy" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case _:
                holder[key] = [holder[key]]
        if not paths(content):
            break
    return name, content


@settings(max_examples=CASES)
@given(broken())
def test_every_mistake_has_a_place_and_a_remedy(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[str, Any]
):
    name, content = case
    path: Path = tmp_path_factory.getbasetemp() / name
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    if name == "actions.yaml":
        actions, problems, _ = examine_actions(path, NAMES, MODELS)
        assert bool(actions) != bool(problems)
    else:
        policy, problems = examine_policy(path, NAMES, KNOWN)
        assert (policy is None) == bool(problems)
    for problem in problems:
        assert 1 <= problem.line <= text.count("\n") + 1, str(problem)
        assert problem.column >= 1
        assert problem.message
        assert problem.remedy
        assert "Input should" not in str(problem), "said in our words"
