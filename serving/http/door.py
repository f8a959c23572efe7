"""The door that BentoML mounts: shut until the service is ready, never raising."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.endpoint import not_ready
from serving.http.replies import problem_reply
from serving.problems import Problem

_OURS: Final = "/v1/"


class Door:
    """An ASGI app that answers 503 until another is put behind it."""

    def __init__(self) -> None:
        self._behind: ASGIApp | None = None
        self._reason: Problem = not_ready()

    @property
    def is_open(self) -> bool:
        """Whether requests pass."""
        return self._behind is not None

    @property
    def reason(self) -> Problem | None:
        """Why requests are kept out; None where they are not."""
        return None if self.is_open else self._reason

    def open(self, app: ASGIApp) -> None:
        """Let requests pass to ``app``."""
        self._behind = app

    def shut(self, message: str, remedy: str) -> None:
        """Keep requests out, and tell callers why."""
        self._behind = None
        self._reason = Problem(503, "not_ready", message, remedy=remedy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._behind is not None:
            await self._behind(scope, receive, send)
        elif scope["type"] == "http":
            await problem_reply(self._reason)(scope, receive, send)


class Shortcut:
    """ASGI middleware: takes requests for ``/v1`` to the door, past the routes of BentoML.

    None of those begins so. To find that out, and to put together a context that no handler reads,
    costs BentoML a third of what it costs it to say nothing at all.

    Parameters
    ----------
    app
        BentoML's own, which answers all else; the door is mounted there too.
    door
        What answers.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_ours = scope["type"] == "http" and scope["path"].startswith(_OURS)
        await (self._door if is_ours else self._app)(scope, receive, send)


class Aliases:
    """ASGI middleware: serves BentoML's method routes with the handlers of ``/v1``.

    BentoML would check bodies in its own way and in its own error shape, and would know no keys;
    another name for the same route cannot differ from it.
    """

    def __init__(self, app: ASGIApp, aliases: dict[str, str]) -> None:
        self._app = app
        self._aliases = aliases

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request under its other name."""
        path = self._aliases.get(scope.get("path", ""))
        if path is not None:
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)
