"""No protected attribute comes near a price: from the tag in the registry to the served bundle."""

from pathlib import Path

import pytest

from bundle.catalogue import read_catalogue
from bundle.contents import condition_columns
from bundle.files import CATALOGUE_FILES, DEFAULTS, read_bundle
from features.definitions import FEATURES
from features.errors import CatalogueError
from tests.integration.support import Trained


def test_the_manifest_carries_the_tag_and_no_model_reads_one(village: Trained):
    bundle = read_bundle(village.bundle)
    tagged = {c["name"] for c in bundle.manifest.columns if c["protected"]}
    assert tagged == {f.name for f in FEATURES if f.protected}
    assert bundle.models, "the village has models"
    for name, model in bundle.models.items():
        assert not tagged.intersection(model.columns), name
        assert "days_since_last_purchase" in model.columns


def test_a_price_on_a_protected_column_is_refused_with_the_bundle_alone(
    village: Trained, tmp_path: Path
):
    bundle = read_bundle(village.bundle)
    for name in CATALOGUE_FILES:
        text = (DEFAULTS / name).read_text(encoding="utf-8")
        text = text.replace("when: days_since_last_purchase > 120", "when: age_years > 60")
        (tmp_path / name).write_text(text, encoding="utf-8")
    names = condition_columns(bundle.manifest.columns, bundle.models)
    with pytest.raises(CatalogueError, match="must not depend on the protected column age_years"):
        read_catalogue(tmp_path, names, bundle.models)
