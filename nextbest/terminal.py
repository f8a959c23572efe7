"""What every command shares: settings, the clock, one line of error, JSON."""

import datetime as dt
import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

import click

from features.errors import NextbestError
from features.settings import Settings, read_settings

_F = TypeVar("_F", bound=Callable[..., Any])


def one_line_errors(function: _F) -> _F:
    """Turn an error that the user can mend into one line and exit code 1."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any command
        try:
            return function(*args, **kwargs)
        except NextbestError as error:
            click.echo(f"nextbest: {error}".replace("\n", " "), err=True)
            sys.exit(1)

    return cast(_F, wrapped)


def settings() -> Settings:
    """Read the settings of this process."""
    return read_settings()


def now() -> int:
    """Return the time: epoch seconds UTC."""
    return int(time.time())  # noqa: TID251 - a composition root reads the clock


def say(text: str = "") -> None:
    """Write a line to standard output."""
    click.echo(text)


def say_json(value: object) -> None:
    """Write a value as JSON."""
    click.echo(json.dumps(_finite(value), indent=1, default=str, allow_nan=False))


def _finite(value: object) -> object:
    """Write null for what is not a finite number: JSON has no NaN."""
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Day(click.ParamType[int]):
    """A date, ``2017-11-01``, as epoch seconds of its midnight UTC."""

    name = "date"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - by click
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """Parse, or say what a date looks like."""
        if isinstance(value, int):
            return value
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2017-11-01.", param, ctx)
        return (day - dt.date(1970, 1, 1)).days * 86_400


class Share(click.ParamType[float]):
    """A share, ``1%`` or ``0.01``, as a number from 0 to 1."""

    name = "share"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - by click
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Parse, or say what a share looks like."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = math.nan
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is not a share such as 1% or 0.01.", param, ctx)
        return share
