"""What to tell, and to whom: settings of logs and traces."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from features.errors import SettingError

FORMATS = ("text", "json")


@dataclass(frozen=True)
class Choices:
    """What the service tells besides its counts.

    Parameters
    ----------
    log_format
        ``NEXTBEST_LOG``: ``text`` or ``json``, how a line of the log is written.
    access_share
        ``NEXTBEST_ACCESS_LOG``: the share of requests, 0 to 1, that get a line each. Server errors
        always do.
    otlp_endpoint
        ``NEXTBEST_OTLP_ENDPOINT``: where spans go by OTLP over HTTP, such as
        ``http://127.0.0.1:4318``; empty for nowhere. ``OTEL_TRACES_SAMPLER`` says how many.
    """

    log_format: str = "text"
    access_share: float = 0.0
    otlp_endpoint: str = ""


def read_choices(environ: Mapping[str, str] | None = None) -> Choices:
    """Read the settings.

    Parameters
    ----------
    environ
        Variables to read, the process's own when left out.

    Raises
    ------
    SettingError
        If a value is none; the message names the variable.
    """
    env = os.environ if environ is None else environ
    log_format = env.get("NEXTBEST_LOG") or "text"
    if log_format not in FORMATS:
        raise SettingError(
            f"NEXTBEST_LOG={log_format!r} is none of {', '.join(FORMATS)}.",
            "unset NEXTBEST_LOG for lines of text.",
        )
    endpoint = env.get("NEXTBEST_OTLP_ENDPOINT", "").rstrip("/")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        # The value is not shown: it may hold a password.
        raise SettingError(
            "NEXTBEST_OTLP_ENDPOINT is no http or https address.",
            "write it as http://127.0.0.1:4318, or unset it.",
        )
    return Choices(log_format, _share(env.get("NEXTBEST_ACCESS_LOG") or "0"), endpoint)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise SettingError(
            f"NEXTBEST_ACCESS_LOG={text!r} is no share from 0 to 1.",
            "write 1 for every request, 0.01 for one in a hundred, or unset it for none.",
        )
    return share
