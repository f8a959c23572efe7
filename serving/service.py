"""The service that ``bentoml serve serving.service:NextBest`` runs.

Requests enter by the door; decisions leave by the same door. BentoML gives the processes, the
probes and its clients; the routes, the refusals and the counts are in ``serving.http``.
"""

import gc
import logging
import os
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

import bentoml
from starlette.applications import Starlette

from features.errors import NextbestError
from features.settings import read_settings
from serving.application import Application
from serving.http import Aliases, Door, Shortcut, create_app
from serving.http.endpoint import not_ready
from serving.http.probes import Probed, Probes, Readiness
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.ports import StoreUnavailableError
from serving.telemetry.choices import read_choices

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
logger = logging.getLogger("nextbest.service")
# A worker of a built Bento starts in the Bento's own folder. The default ./var must go on meaning
# the folder in which somebody started the service, which the shell's PWD still names.
os.environ.setdefault("NEXTBEST_HOME", str(Path(os.environ.get("PWD", ".")) / "var"))
settings = read_settings()
choices = read_choices()
door = Door()
readiness = Readiness(door)


# BentoML's defaults cost several times the work of a request. Four knobs: no access log, no
# tracing, a short timeout (its timers are never cancelled), and gc.freeze below.
# BentoML's own metrics stay off: they label series with raw paths, and paths hold ids.
@bentoml.service(
    name="nextbest",
    workers=settings.workers,
    threads=4,
    traffic={"timeout": 30},
    http={"host": settings.host, "port": settings.port},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
    metrics={"enabled": False},
)
@bentoml.asgi_app(door, path="/")
class NextBest:
    """Recommendations and next best actions, gated by stock and consent."""

    @bentoml.on_startup
    def start(self) -> None:
        """Build the service and open the door; on a mendable fault keep it shut and try again."""
        self._stopped = Event()
        if not self._opened() and settings.poll_seconds:
            Thread(target=self._try_again, name="nextbest-start", daemon=True).start()

    def _opened(self) -> bool:
        from serving.bootstrap import start  # here, so that the parent process stays small

        try:
            self._tell()
            parts, following = start(settings)
        except (NextbestError, StoreUnavailableError) as error:
            logger.error("The service cannot start: %s", error)
            remedy = getattr(error, "remedy", "start the store")
            door.shut(getattr(error, "message", "The store is not available."), remedy)
            return False
        self._parts, self._following = parts, following
        http = self._http()
        self._commits = http.state.commits
        following.follower.count = http.state.metrics.swap
        following.start()
        readiness.probed = Probed(parts.stores, following.report)
        door.open(http)
        _settle_memory()
        return True

    def _try_again(self) -> None:
        while not self._stopped.wait(settings.poll_seconds):
            if self._opened():
                return

    def __is_ready__(self) -> bool:
        return door.is_open

    @bentoml.api(input_spec=RecommendationsRequest)
    def recommend(self, **fields: object) -> dict[str, Any]:
        """Recommend items: the same handler, keys and refusals as POST /v1/recommendations."""
        return self._application().recommend(RecommendationsRequest.model_validate(fields))

    @bentoml.api(input_spec=NextBestActionsRequest)
    def next_best_actions(self, **fields: object) -> dict[str, Any]:
        """Choose actions: the same handler, keys and refusals as POST /v1/next_best_actions."""
        return self._application().next_best_actions(NextBestActionsRequest.model_validate(fields))

    @bentoml.on_shutdown
    def stop(self) -> None:
        """Let go of the stores; what was asked before is answered by now."""
        self._stopped.set()
        if door.is_open:
            self._commits.close()
            self._following.stop()
            self._parts.stores.close()
        if hasattr(self, "_telling"):
            self._telling.close()  # last: a collector that is gone takes its time

    def _application(self) -> Application:
        if not door.is_open:
            raise not_ready()
        return self._following.front.application()

    def _http(self) -> Starlette:
        parts = self._parts
        return create_app(
            self._following.front.application,
            parts.stores,
            parts.clock,
            settings.api_keys,
            parts.console,
            settings.experience,
            settings,
            self._telling.metrics,
        )

    def _tell(self) -> None:
        """Set up the log, the counts and the spans, once."""
        from serving.bootstrap import clock
        from serving.http.telling import start_telling
        from serving.telemetry.readings import readings

        if not hasattr(self, "_telling"):
            now = partial(readings, lambda: self._parts.application.world, clock)
            self._telling = start_telling(choices, now)


# The decorator has made a bentoml.Service of the class, which its annotations do not say.
_service = cast("bentoml.Service[NextBest]", NextBest)
_service.add_asgi_middleware(Shortcut, door=door)
_service.add_asgi_middleware(Probes, readiness=readiness)
_service.add_asgi_middleware(
    Aliases,
    aliases={"/recommend": "/v1/recommendations", "/next_best_actions": "/v1/next_best_actions"},
)


def _settle_memory() -> None:
    """Keep the collector away from what lives as long as the process: no pauses of 0.2 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
