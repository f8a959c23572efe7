"""One route: who may call it, what it reads, what it does. All routes are made of these."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

from anyio.to_thread import run_sync
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from features.settings import Settings
from serving.application import Application
from serving.auth import Gatekeeper
from serving.experience import ExperienceReports
from serving.http.body import read_body
from serving.http.calling import called_by
from serving.http.headers import Headers, headers_of, text
from serving.http.metrics import Metrics
from serving.http.questions import Questions
from serving.http.replies import json_reply, problem_reply
from serving.privacy.auditing import Audit, note
from serving.problems import Problem
from serving.steps import taken_together
from serving.stores.group_commit import GroupCommit, QueueFullError
from serving.stores.opening import Stores
from serving.stores.ports import StoreUnavailableError
from serving.telemetry.watching import mark

logger = logging.getLogger("nextbest.http")
_HUNG_UP = 499  # counted for a caller who waited no longer; nobody receives it


@dataclass(frozen=True)
class House:
    """What the routes share.

    Parameters
    ----------
    find_application
        Returns the application, None while it is not ready.
    stores
        The stores.
    clock
        Epoch seconds UTC.
    gatekeeper
        Checks keys.
    metrics
        Counts.
    console
        What the console shows.
    experience
        Measured experience.
    settings
        Where the files of the installation are; None for a service that has none.
    commits
        Writes decisions, those of requests at the same moment together.
    questions
        Reads what decisions are asked about.
    """

    find_application: Callable[[], Application | None]
    stores: Stores
    clock: Callable[[], int]
    gatekeeper: Gatekeeper
    metrics: Metrics
    console: Mapping[str, Any] = field(default_factory=dict)
    experience: ExperienceReports = field(default_factory=lambda: ExperienceReports(None))
    settings: Settings | None = None
    commits: GroupCommit = field(init=False)
    questions: Questions = field(init=False, default_factory=Questions)

    def __post_init__(self) -> None:
        commits = GroupCommit(self.stores.decisions, self.metrics.commit)
        object.__setattr__(self, "commits", commits)

    def application(self) -> Application:
        """Return the application.

        Raises
        ------
        Problem
            503 while there is none.
        """
        application = self.find_application()
        if application is None:
            raise not_ready()
        self.metrics.served(application.bundle_version, application.policy_version)
        return application


@dataclass(frozen=True)
class Operation:
    """What a route is, for the server and for its documentation.

    Parameters
    ----------
    path, method
        The route template and the HTTP method.
    handle
        Takes the house, the body (or the query's parameters as JSON) and the path's id, and
        returns the answer, or the steps to it where something is kept before it is given.
    scopes
        Any one of these opens it.
    request, answer
        The models of the body and of the answer.
    query
        The model of the parameters after ``?``, of an operation without a body.
    slow
        Whether it reads or writes many rows, and so runs beside the event loop.
    refusals
        Codes by status, beyond those of every route.
    audit
        What is written in the audit log before the answer; None for what shows nobody's data.
    """

    path: str
    method: str
    handle: Callable[[House, bytes, str], object]
    scopes: tuple[str, ...]
    answer: type[BaseModel]
    request: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    slow: bool = False
    refusals: tuple[int, ...] = ()
    audit: Audit | None = None


class Endpoint:
    """An ASGI app for one operation: key, body, work, answer, count.

    Decisions run on the event loop: they take about a millisecond, and a thread would add a
    tenth of that and a queue. They are written beside it, many at once. Bulk writes run in a
    thread.
    """

    def __init__(self, operation: Operation, house: House) -> None:
        self.operation = operation
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.answer(scope, headers_of(scope), receive, send)

    async def answer(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Answer one request whose headers are read."""
        metrics = self._house.metrics
        watched = metrics.begin(self.operation.path, text(headers, b"traceparent") or "")
        status, code = _HUNG_UP, ""
        try:
            response = await self._reply(scope, headers, receive)
            status = response.status_code
        except Exception as error:
            problem = refusal(error)
            response, status, code = problem_reply(problem), problem.status, problem.code
        finally:
            metrics.end(watched, scope["method"], status, code)
        await response(scope, receive, send)

    async def _reply(self, scope: Scope, headers: Headers, receive: Receive) -> Response:
        operation, house = self.operation, self._house
        caller = house.gatekeeper.check(text(headers, b"authorization"), operation.scopes)
        called_by(caller)
        body = b""
        if operation.request:
            body = await read_body(text(headers, b"content-length") or "", receive)
        if operation.query:
            body = _parameters(QueryParams(scope["query_string"]))
        mark("read")
        name = str(next(iter(scope.get("path_params", {}).values()), ""))
        answer = await self._worked(body, name)
        if operation.audit:
            audit, now = operation.audit, house.clock()
            await run_sync(note, house.stores, caller, audit, answer, name, now)
        reply = json_reply(answer)
        mark("write")
        return reply

    async def _worked(self, body: bytes, name: str) -> object:
        operation, house = self.operation, self._house
        if operation.slow:
            return await run_sync(operation.handle, house, body, name)
        answer = operation.handle(house, body, name)
        if isinstance(answer, GeneratorType):
            return await taken_together(answer, house.commits)
        return answer


def _parameters(values: QueryParams) -> bytes:
    """Return the parameters as JSON: a text each, a list of texts where one is given twice."""
    names = dict.fromkeys(name for name, _ in values.multi_items())
    given = {name: values.getlist(name) for name in names}
    return to_json({name: each[0] if len(each) == 1 else each for name, each in given.items()})


async def answered(reply: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    """Return the reply, or the refusal; an unforeseen error is logged and never leaks."""
    try:
        return await reply(request)
    except Exception as error:
        return problem_reply(refusal(error))


def refusal(error: Exception) -> Problem:
    """Return what a caller is told of an error; what is not theirs to mend is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, QueueFullError):
        return _overloaded()
    if isinstance(error, StoreUnavailableError):
        logger.error("The store is unavailable.", exc_info=error)
        return Problem(
            503,
            "store_unavailable",
            "The store cannot be written now; nothing was changed.",
            remedy="try again in a few seconds",
        )
    # Not the request's path: it holds ids, and the log is kept longer than they may be.
    logger.error("A request failed.", exc_info=error)
    return Problem(500, "internal_error", "The service failed on this request; see its log.")


def _overloaded() -> Problem:
    return Problem(
        503,
        "overloaded",
        "More decisions wait to be written than can be; nothing was decided.",
        remedy="send fewer requests at once, and try again in a second",
        retry_after=1,
    )


def not_ready() -> Problem:
    """Return the refusal of a service that is starting."""
    return Problem(
        503, "not_ready", "The service is not ready.", remedy="wait until /readyz answers 200"
    )
