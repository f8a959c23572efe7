"""The file of rules: what it says, and what is said of a file that is wrong."""

from pathlib import Path

import pytest
import yaml

from features.errors import SettingError
from training.promotion.rules import RULES, read_rules


def test_the_shipped_rules_are_read() -> None:
    rules = read_rules()
    assert rules.better.measures["any.ndcg_10"] == 0.01
    assert rules.segments.by == ("age_band", "region", "value")


@pytest.mark.parametrize(
    ("section", "field", "value", "said"),
    [
        ("better", "confidence", 95, "better.confidence: Input should be less than 1 (it says 95)"),
        ("fresh", "max_days", 3, "fresh.max_days: Extra inputs are not permitted"),
        ("segments", "by", ["shoe_size"], "segments.by.0: Input should be 'age_band'"),
        ("calibrated", "min_rows", 0, "calibrated.min_rows"),
    ],
)
def test_a_mistake_is_named(
    tmp_path: Path, section: str, field: str, value: object, said: str
) -> None:
    told = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    told[section][field] = value
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    with pytest.raises(SettingError) as caught:
        read_rules(path)
    assert said in caught.value.message
    assert section in caught.value.remedy


@pytest.mark.parametrize("text", [None, "better: [", "- 1"])
def test_a_file_that_is_none_is_said(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "rules.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match="rules"):
        read_rules(path)
