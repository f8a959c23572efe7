"""An installation as doctor sees it, and the one thing that a check should find."""

from collections.abc import Callable
from typing import Any

from nextbest.doctor.findings import Finding, Site

DAY = 86_400
Plant = Callable[..., Site]


def one(found: Any, check: str, severity: str = "error") -> Finding:
    told = [f for f in found if f.severity != "ok"]
    assert [(f.check, f.severity) for f in told] == [(check, severity)], told
    assert told[0].remedy
    return told[0]
