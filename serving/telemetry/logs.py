"""Lines of the log: structured, with decision ids, and without personal data.

An error's own message may hold what a caller sent, and so may the values in a traceback's text.
A line therefore names the kind of an error and where it was raised, and nothing of its words.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from serving.telemetry.watching import Ended, watched_now

access = logging.getLogger("nextbest.access")
_FRAMES = 12  # the innermost; those before them are the server's
_ROUNDED = 3


class LineFormatter(logging.Formatter):
    """Writes a record as one line of text or of JSON.

    Parameters
    ----------
    as_json
        Whether a line is a JSON object.
    """

    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = _facts(record)
        if self._as_json:
            return json.dumps(facts, ensure_ascii=False)
        head = " ".join(str(facts.pop(name)) for name in ("at", "level", "logger", "message"))
        rest = " ".join(f"{name}={value}" for name, value in facts.items())
        return f"{head} {rest}".rstrip().replace("\n", " ")


def set_up_logs(log_format: str, stream: TextIO | None = None) -> None:
    """Write all lines of this process in one way.

    Parameters
    ----------
    log_format
        ``text`` or ``json``.
    stream
        Where our own lines go, standard error when left out.
    """
    formatter = LineFormatter(log_format == "json")
    ours = logging.getLogger("nextbest")
    ours.handlers[:] = [logging.StreamHandler(stream)]
    ours.setLevel(logging.INFO)
    ours.propagate = False
    # The server's own lines go where they went, in our form: its tracebacks hold values too.
    names = ("bentoml", "circus", "uvicorn", "uvicorn.error")
    for logger in (ours, logging.getLogger(), *map(logging.getLogger, names)):
        for handler in logger.handlers:
            handler.setFormatter(formatter)


class AccessLog:
    """Writes a line for a share of the requests, and for every server error.

    Parameters
    ----------
    share
        From 0 to 1; the requests are taken at even distances.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._due = 0.0

    def __call__(self, ended: Ended) -> None:
        """Write the line of a request, or not."""
        self._due += self._share
        is_due = self._due >= 1.0
        if is_due:
            self._due -= 1.0
        if is_due or ended.status >= 500:
            level = logging.ERROR if ended.status >= 500 else logging.INFO
            facts = {
                "method": ended.method,
                "status": ended.status,
                "ms": round(ended.seconds * 1000, _ROUNDED),
                **({"code": ended.code} if ended.code else {}),
                "route": ended.watched.route,
                **ended.watched.facts,
            }
            access.log(level, "request", extra={"facts": facts})


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    moment = datetime.fromtimestamp(record.created, UTC)
    facts: dict[str, Any] = {
        "at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname,
        "logger": record.name,
        "message": record.getMessage(),
    }
    watched = watched_now()
    if watched is not None:
        facts |= {"route": watched.route, **watched.facts}
    facts |= getattr(record, "facts", {})
    if record.exc_info and record.exc_info[0] is not None:
        kind, _, trail = record.exc_info
        facts |= {"error": kind.__qualname__, "raised_at": _places(trail)}
    return facts


def _places(trail: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trail)[-_FRAMES:]
    return [
        f"{'/'.join(one.filename.rsplit('/', 2)[1:])}:{one.lineno} {one.name}" for one in frames
    ]
