"""``mlflow/promotion.yaml``: what a challenger must show before it serves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import SettingError

RULES: Final = Path(__file__).resolve().parents[2] / "mlflow" / "promotion.yaml"
Share = Annotated[float, Field(gt=0, lt=1)]
NotNegative = Annotated[float, Field(ge=0)]
Segment = Literal["age_band", "region", "value"]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Better(_Rules):
    """Paired with the champion: one measure better, none worse by more than its margin."""

    confidence: Share = 0.95
    resamples: Annotated[int, Field(ge=200, le=100_000)] = 2000
    measures: Mapping[str, NotNegative]


class Calibrated(_Rules):
    """How far probabilities and totals may be off."""

    ece_at_most: Share
    total_error_at_most: Share
    min_rows: Annotated[int, Field(ge=1)]


class Segments(_Rules):
    """How much worse than the champion a large segment may fare."""

    by: tuple[Segment, ...]
    min_customers: Annotated[int, Field(ge=1)]
    ndcg_10_at_most: NotNegative
    log_loss_at_most: NotNegative


class Fresh(_Rules):
    """How old the challenger's data may be."""

    max_days_behind: Annotated[int, Field(ge=0)]


class PromotionRules(_Rules):
    """The whole file."""

    better: Better
    calibrated: Calibrated
    segments: Segments
    fresh: Fresh

    def margin(self, measure: str) -> float | None:
        """Return by how much a measure may be worse; None for one that is not compared.

        A measure named in full comes before ``*.<kind>``.
        """
        named = self.better.measures
        if measure in named:
            return named[measure]
        return named.get(f"*.{measure.partition('.')[2]}")


def read_rules(path: Path = RULES) -> PromotionRules:
    """Read the file.

    Raises
    ------
    SettingError
        Naming the field, its value and the remedy.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise SettingError(
            f"The rules of promotion cannot be read ({said}).",
            "name the file: `nextbest promote --rules mlflow/promotion.yaml`.",
        ) from error
    try:
        return PromotionRules.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingError(
            f"{path.name}: {where}: {first['msg']} (it says {first['input']!r}).",
            f"mend {where} in {path.name}.",
        ) from error
