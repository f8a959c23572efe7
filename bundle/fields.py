"""The types of fields that a marketer fills in, and what they refuse."""

import datetime as dt
import functools
import zoneinfo
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from bundle.conditions import ConditionError, parse_condition
from bundle.nearest import did_you_mean

Channel = Literal["web", "app", "shop", "call_centre", "email", "sms", "push", "phone", "post"]
Kind = Literal[
    "offer",
    "retention",
    "replenishment",
    "cross_sell",
    "abandoned_basket",
    "service",
    "feedback_request",
    "none",
]
Outcome = Literal["shown", "clicked", "accepted", "rejected", "purchased", "ignored"]
AnyChannel = Literal[Channel, ""]
AnyKind = Literal[Kind, ""]


class Strict(BaseModel):
    """No unknown keys, no infinities, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def wrong(message: str, remedy: str) -> PydanticCustomError:
    """Return a refusal that brings its own remedy."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "remedy": remedy})


def _is_number(value: Any) -> Any:  # noqa: ANN401 - before validation
    # YAML reads `yes` as true, and Python counts true as 1.
    if isinstance(value, bool):
        raise wrong("needs a number, not yes or no", "write a number")
    return value


def _is_day(value: Any) -> Any:  # noqa: ANN401 - before validation
    # A bare number would be taken for seconds since 1970.
    if isinstance(value, str) or type(value) is dt.date or value is None:
        return value
    raise wrong("needs a date without a time", "write it as 2026-01-31")


@functools.cache
def _zones() -> frozenset[str]:
    # It looks through the files of the time zone database.
    return frozenset(zoneinfo.available_timezones())


def _is_zone(name: str) -> str:
    zones = _zones()
    if name not in zones:
        remedy = did_you_mean(name, zones) or "write it as Europe/Paris"
        raise wrong(f"{name!r} is no IANA time zone", remedy)
    return name


def _is_country(code: str) -> str:
    if len(code) != 2 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise wrong(f"{code!r} is no country code", "write its two capital letters, such as FR")
    return code


def _is_condition(text: str, info: ValidationInfo) -> str:
    if text and info.context is not None:
        try:
            parse_condition(text, info.context)
        except ConditionError as error:
            raise PydanticCustomError("condition", "wrong", {"faults": error.faults}) from error
    return text


_Number = BeforeValidator(_is_number)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
AnyName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$")]
Money = Annotated[float, _Number, Field(ge=0)]
"""An amount in the shop's currency."""
Positive = Annotated[float, _Number, Field(gt=0)]
NotNegative = Annotated[float, _Number, Field(ge=0)]
Share = Annotated[float, _Number, Field(ge=0, le=1)]
Below1 = Annotated[float, _Number, Field(ge=0, lt=1)]
Inside01 = Annotated[float, _Number, Field(gt=0, lt=1)]
Hour = Annotated[int, _Number, Field(ge=0, le=24)]
Count = Annotated[int, _Number, Field(ge=0)]
AtLeast1 = Annotated[int, _Number, Field(ge=1)]
Items = Annotated[int, _Number, Field(ge=0, le=20)]
Day = Annotated[dt.date, BeforeValidator(_is_day)]
Zone = Annotated[str, AfterValidator(_is_zone)]
Country = Annotated[str, AfterValidator(_is_country)]
ConditionText = Annotated[str, AfterValidator(_is_condition)]
"""SQL-style condition; checked against the columns that are the validation's context."""
