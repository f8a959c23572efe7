"""Values of environment variables, read and checked: each error names the variable and a remedy."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from features.errors import SettingError

_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_LEAST_MEMORY = 256 * 10**6
_PERIODS = {"s": 1, "m": 60, "h": 3600}
_PERIOD_NAMES = {seconds: name for name, seconds in _PERIODS.items()}


class AliasShare(NamedTuple):
    """An alias of the registered model, and the share of customers or decisions it is for."""

    alias: str
    share: float


class Rate(NamedTuple):
    """How many requests in how many seconds; ``str`` writes it as it is read."""

    requests: int
    seconds: int

    def __str__(self) -> str:
        """Return it as ``100/s``."""
        return f"{self.requests}/{_PERIOD_NAMES[self.seconds]}"


def integer(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """Read a whole number within bounds."""
    text = env.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingError(
            f"{name}={text!r} is not a whole number from {low} to {high}.",
            f"unset {name} for the default, {default}.",
        )
    return int(text)


def one_of(env: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """Read one of some words, the first when unset."""
    text = env.get(name, values[0])
    if text not in values:
        raise SettingError(
            f"{name}={text!r} is none of {', '.join(values)}.",
            f"unset {name} for the default, {values[0]}.",
        )
    return text


def size(env: Mapping[str, str], name: str, default: int) -> int:
    """Read a size in bytes, as ``4GB``."""
    text = env.get(name, "")
    if not text:
        return default
    number, unit = text[:-2].strip(), text[-2:].upper()
    size = int(number) * _UNITS.get(unit, 0) if number.isdecimal() else 0
    if size < _LEAST_MEMORY:
        raise SettingError(
            f"{name}={text!r} is not a size of at least 256MB.",
            f"write it as 512MB or 4GB, or unset {name} for the default.",
        )
    return size


def alias_share(env: Mapping[str, str], name: str, default: str = "") -> AliasShare | None:
    """Read ``alias:share``; where a default is given, the share may be left out."""
    text = env.get(name, "")
    if not text:
        return None
    alias, _, told = text.partition(":")
    try:
        share = float(told or default)
    except ValueError:
        share = -1.0
    if not alias or not 0.0 < share <= 1.0:
        raise SettingError(
            f"{name}={text!r} is not an alias and a share above 0, up to 1.",
            f"write it as challenger:0.05, or unset {name}.",
        )
    return AliasShare(alias, share)


def rate(env: Mapping[str, str], name: str) -> Rate | None:
    """Read requests a period, as ``100/s``."""
    text = env.get(name, "").strip()
    if not text:
        return None
    number, _, period = (part.strip() for part in text.partition("/"))
    if not number.isdecimal() or int(number) < 1 or period not in _PERIODS:
        raise SettingError(
            f"{name}={text!r} is not a number of requests a second, minute or hour.",
            f"write it as 100/s, 600/m or 10000/h, or unset {name} for no limit.",
        )
    return Rate(int(number), _PERIODS[period])


def origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Read origins; a star is refused, as it would let any page on the web call the service."""
    origins = tuple(filter(None, (part.strip() for part in env.get(name, "").split(","))))
    for origin in origins:
        told = urlsplit(origin)
        whole = f"{told.scheme}://{told.netloc}"
        if told.scheme not in ("http", "https") or not told.netloc or origin != whole:
            raise SettingError(
                f"{name} holds {origin!r}, which is no origin.",
                "write each as https://shop.example, without a path, separated by commas.",
            )
    return origins
