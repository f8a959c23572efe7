"""docs/actions.md cannot lie: every field is on it, and each broken file says what it says."""

import re
import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel

from bundle import specs
from bundle.catalogue import read_catalogue
from bundle.contents import condition_columns
from bundle.files import CATALOGUE_FILES, DEFAULTS
from features.errors import CatalogueError
from tests.bundle.support import COLUMNS, MODELS

PAGE = (Path(__file__).parents[2] / "docs" / "actions.md").read_text(encoding="utf-8")
BROKEN = re.findall(
    r"^### \d+\. ([^\n]+)\n\n`([^\n]+)`\n\n```yaml\n(.*?)```\n\n```text\n(.*?)```\n",
    PAGE,
    re.M | re.S,
)
NAMES = condition_columns(COLUMNS, dict.fromkeys(MODELS))
SPECS = [
    each
    for each in vars(specs).values()
    if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == specs.__name__
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in CATALOGUE_FILES:
        shutil.copyfile(DEFAULTS / name, tmp_path / name)
    return tmp_path


def test_there_are_ten():
    assert len(BROKEN) == 10
    assert {name for _, name, _, _ in BROKEN} == set(CATALOGUE_FILES)


@pytest.mark.parametrize(("name", "text", "said"), [b[1:] for b in BROKEN], ids=lambda v: v[:12])
def test_a_broken_file_says_what_the_page_says(folder: Path, name: str, text: str, said: str):
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(folder, NAMES, MODELS)
    assert caught.value.message + "\n" == said
    assert "nextbest doctor" in caught.value.remedy


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)
def test_every_field_is_on_the_page(spec: type[BaseModel]):
    reference = PAGE[: PAGE.index("## Ten broken files")]
    missing = [name for name in spec.model_fields if not re.search(rf"\b{name}\b", reference)]
    assert missing == []


def test_the_examples_on_the_page_are_right(folder: Path):
    before = PAGE[: PAGE.index("## Ten broken files")]
    whole, ladder = re.findall(r"```yaml\n(.*?)```", before, re.S)
    rest = '  - {id: rest, label: {en: x}, kind: none, channels: [web], purpose: ""}\n'
    (folder / "actions.yaml").write_text(whole + rest, encoding="utf-8")
    actions, _ = read_catalogue(folder, NAMES, MODELS)
    assert actions[0].floor_margin == 0.15
    head, tail = whole.split("    price_classes:\n")
    indented = "".join(f"    {line}\n" for line in ladder.splitlines())
    end = tail[tail.index("    cool_down_days") :]
    (folder / "actions.yaml").write_text(head + indented + end + rest, encoding="utf-8")
    actions, _ = read_catalogue(folder, NAMES, MODELS)
    assert [c.name for c in actions[0].price_classes] == ["far_gone", "everybody"]
