"""Settings: environment variables ``NEXTBEST_*``, read once by a composition root."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.environment import (
    AliasShare,
    Rate,
    alias_share,
    integer,
    one_of,
    origins,
    rate,
    size,
)
from features.errors import HomeError

ENGINES = ("duckdb", "spark")
DEFAULT_MEMORY_LIMIT = 4 * 10**9
DEFAULT_REMEMBERED = 5_000
DEFAULT_BROKER = "nats://127.0.0.1:4222"


@dataclass(frozen=True)
class Settings:
    """Where things are and how the process runs.

    Parameters
    ----------
    home
        ``NEXTBEST_HOME``: every file of the installation, default ``./var``.
    bundle
        ``NEXTBEST_BUNDLE``: ``registry`` (the alias below) or the path of a bundle directory.
    alias
        ``NEXTBEST_ALIAS``: which alias of the registered model ``nextbest`` is served.
    tracking_uri
        ``NEXTBEST_TRACKING_URI``: MLflow's server or database, default ``mlflow.db`` in home.
    store_url
        ``NEXTBEST_STORE_URL``: the online store, default ``nextbest.db`` in home;
        ``postgresql://user:password@host/database`` where several machines share it, ``memory:``
        for a trial in one process.
    host, port
        ``NEXTBEST_HOST``, ``NEXTBEST_PORT``: where the service listens.
    workers
        ``NEXTBEST_WORKERS``: service processes.
    api_keys
        ``NEXTBEST_API_KEYS``: ``scope:key`` pairs separated by commas, added to the stored ones.
    rate_limit
        ``NEXTBEST_RATE_LIMIT``: how many requests a key may send to each worker, as ``100/s``,
        ``600/m`` or ``10000/h``. None for as many as it likes.
    cors_origins
        ``NEXTBEST_CORS_ORIGINS``: the origins, separated by commas, whose pages may call the
        service from a browser. None at all when empty.
    engine
        ``NEXTBEST_ENGINE``: what computes snapshots, ``duckdb`` or ``spark``.
    spark_master
        ``NEXTBEST_SPARK_MASTER``: where Spark runs, ``local[*]`` or the address of a cluster that
        reads the same files.
    memory_limit
        ``NEXTBEST_MEMORY_LIMIT``: bytes that work on the tables may take, as ``4GB``.
    poll_seconds
        ``NEXTBEST_POLL_SECONDS``: how often the service looks whether another bundle is to be
        served; 0 never looks.
    canary
        ``NEXTBEST_CANARY``: ``alias:share``, as ``challenger:0.05``: the share of customers whom
        that alias' bundle serves. None for nobody.
    shadow
        ``NEXTBEST_SHADOW``: ``alias`` or ``alias:share``: the share of decisions that its bundle
        takes too, beside the one answered, for a log. None for none.
    time_budget_ms
        ``NEXTBEST_TIME_BUDGET_MS``: how long a recommendation may take before popular items in
        stock are answered in its place; 0 for as long as it takes.
    remembered
        ``NEXTBEST_REMEMBERED``: how many decisions each worker keeps in memory, to give them again
        while everything they were taken on is as it was; 0 for none. Each takes about 20 kB.
    broker_url
        ``NEXTBEST_BROKER_URL``: where ``nextbest intake`` reads messages; the scheme (``nats``,
        ``amqp``, ``kafka``) tells which broker it is.
    broker_prefix
        ``NEXTBEST_BROKER_PREFIX``: what the names of its subjects start with.
    """

    home: Path
    bundle: str = "registry"
    alias: str = "champion"
    tracking_uri: str = ""
    store_url: str = ""
    host: str = "127.0.0.1"
    port: int = 3000
    workers: int = 1
    api_keys: str = ""
    rate_limit: Rate | None = None
    cors_origins: tuple[str, ...] = ()
    engine: str = "duckdb"
    spark_master: str = "local[*]"
    memory_limit: int = DEFAULT_MEMORY_LIMIT
    poll_seconds: int = 5
    canary: AliasShare | None = None
    shadow: AliasShare | None = None
    time_budget_ms: int = 0
    remembered: int = DEFAULT_REMEMBERED
    broker_url: str = DEFAULT_BROKER
    broker_prefix: str = "nextbest"

    @property
    def tables(self) -> Path:
        """Canonical Parquet tables."""
        return self.home / "tables"

    @property
    def quarantine(self) -> Path:
        """Rows refused at the door, with their reasons."""
        return self.home / "quarantine"

    @property
    def snapshots(self) -> Path:
        """Customer views by date."""
        return self.home / "snapshots"

    @property
    def experience(self) -> Path:
        """Measured experience, which ``nextbest experience`` writes and the service reads."""
        return self.home / "experience" / "experience.json"

    @property
    def artifacts(self) -> Path:
        """MLflow's artefacts."""
        return self.home / "artifacts"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environ
        Variables to read, the process's own when left out.

    Raises
    ------
    SettingError
        If a number is not a number; the message names the variable and its value.
    """
    env = os.environ if environ is None else environ
    home = Path(env.get("NEXTBEST_HOME", "var")).expanduser().resolve()
    return Settings(
        home=home,
        bundle=env.get("NEXTBEST_BUNDLE", "registry"),
        alias=env.get("NEXTBEST_ALIAS", "champion"),
        tracking_uri=env.get("NEXTBEST_TRACKING_URI") or f"sqlite:///{home / 'mlflow.db'}",
        store_url=env.get("NEXTBEST_STORE_URL") or f"sqlite:///{home / 'nextbest.db'}",
        host=env.get("NEXTBEST_HOST", "127.0.0.1"),
        port=integer(env, "NEXTBEST_PORT", 3000, 1, 65535),
        workers=integer(env, "NEXTBEST_WORKERS", 1, 1, 64),
        api_keys=env.get("NEXTBEST_API_KEYS", ""),
        rate_limit=rate(env, "NEXTBEST_RATE_LIMIT"),
        cors_origins=origins(env, "NEXTBEST_CORS_ORIGINS"),
        engine=one_of(env, "NEXTBEST_ENGINE", ENGINES),
        spark_master=env.get("NEXTBEST_SPARK_MASTER") or "local[*]",
        memory_limit=size(env, "NEXTBEST_MEMORY_LIMIT", DEFAULT_MEMORY_LIMIT),
        poll_seconds=integer(env, "NEXTBEST_POLL_SECONDS", 5, 0, 86_400),
        canary=alias_share(env, "NEXTBEST_CANARY"),
        shadow=alias_share(env, "NEXTBEST_SHADOW", "1"),
        time_budget_ms=integer(env, "NEXTBEST_TIME_BUDGET_MS", 0, 0, 10_000),
        remembered=integer(env, "NEXTBEST_REMEMBERED", DEFAULT_REMEMBERED, 0, 10_000_000),
        broker_url=env.get("NEXTBEST_BROKER_URL") or DEFAULT_BROKER,
        broker_prefix=env.get("NEXTBEST_BROKER_PREFIX") or "nextbest",
    )


def ensure_home(settings: Settings) -> None:
    """Create the home and prove that it can be written.

    Raises
    ------
    HomeError
        If it cannot; the message names the path.
    """
    probe = settings.home / ".writable"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeError(
            f"NEXTBEST_HOME={settings.home} cannot be written ({error.strerror}).",
            "set NEXTBEST_HOME to a folder you may write, or mend its permissions.",
        ) from error
