"""A bundle is read only when it is exactly what was written."""

import json
from pathlib import Path

import pytest

from bundle.contents import BundleParts
from bundle.files import read_bundle
from bundle.manifest import FORMAT, NAME, read_manifest
from features.errors import BundleError
from tests.bundle.support import COLUMNS, write


def change(directory: Path, **facts: object) -> None:
    content = json.loads((directory / NAME).read_text(encoding="utf-8"))
    (directory / NAME).write_text(json.dumps(content | facts), encoding="utf-8")


def refused(directory: Path, message: str) -> None:
    with pytest.raises(BundleError, match=message) as caught:
        read_bundle(directory)
    assert "nextbest train" in caught.value.remedy


def test_it_names_every_file_and_reads_back(written: Path):
    manifest = read_manifest(written)
    files = {p.relative_to(written).as_posix() for p in written.rglob("*") if p.is_file()}
    assert set(manifest.files) == files - {NAME}
    assert manifest.columns == COLUMNS
    assert manifest.format == FORMAT
    assert set(manifest.models) == {
        "campaign_type_a",
        "campaign_type_b",
        "campaign_type_c",
        "churn",
    }


@pytest.mark.parametrize(
    "name", ["actions.yaml", "policy.yaml", "arrays/items.npz", "models/churn.txt"]
)
def test_a_file_altered_or_missing(copy: Path, name: str):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content + b" ")
    refused(copy, f"{name} in the bundle does not match")
    (copy / name).unlink()
    refused(copy, f"{name} in the bundle does not match")
    (copy / name).write_bytes(content)
    read_bundle(copy)


def test_no_manifest(tmp_path: Path):
    refused(tmp_path, "No bundle in")
    refused(tmp_path / "nowhere", "No bundle in")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", "null", "{}", f'{{"format": {FORMAT}}}', "\udcff"]
)
def test_a_manifest_that_is_none(copy: Path, content: str):
    (copy / NAME).write_bytes(content.encode("utf-8", "surrogateescape"))
    refused(copy, r"manifest\.json cannot be read")


def test_another_format(copy: Path):
    """A later format may have fields that this version does not know."""
    change(copy, format=FORMAT + 1, a_new_field=3)
    refused(copy, f"has format {FORMAT + 1}, this version reads {FORMAT}")
    change(copy, format=FORMAT)
    refused(copy, "a_new_field")


def test_equal_content_has_an_equal_version(tmp_path: Path, written: Path, parts: BundleParts):
    manifest = read_manifest(written)
    again = write(tmp_path / "again", parts)
    assert again == manifest
    later = write(tmp_path / "later", parts, as_of=manifest.as_of + 1)
    assert later.bundle_version != manifest.bundle_version
    assert later.policy_version == manifest.policy_version
    catalogue = tmp_path / "own"
    catalogue.mkdir()
    (catalogue / "policy.yaml").write_text("seed: 5\n", encoding="utf-8")
    other = write(tmp_path / "other", parts, catalogue)
    assert other.bundle_version != manifest.bundle_version
    assert other.policy_version != manifest.policy_version


def test_altered_purposes_are_noticed(copy: Path):
    path = copy / "manifest.json"
    content = json.loads(path.read_text())
    content["columns"][0]["purpose"] = "analytics"
    path.write_text(json.dumps(content))
    with pytest.raises(BundleError, match="manifest was altered"):
        read_manifest(copy)
