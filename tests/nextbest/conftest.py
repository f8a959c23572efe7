"""A home of the village as of today, and the command line over it."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

if TYPE_CHECKING:
    from tests.integration.support import Trained

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def live_home(village: "Trained", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the village whose stock was counted a moment ago by the real clock."""
    from nextbest.terminal import now
    from serving.publish import publish
    from serving.stores import open_stores
    from tests.integration.support import settings_of

    home = tmp_path_factory.mktemp("live") / "home"
    shutil.copytree(village.settings.home, home, ignore=shutil.ignore_patterns("artifacts"))
    settings = settings_of(home)
    stores = open_stores(settings.store_url)
    publish(settings.tables, stores, now())
    stores.close()
    return home


@pytest.fixture
def home(live_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(live_home, tmp_path / "home"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_port: int) -> Run:
    """Run a command on a home; nothing else of the environment counts."""
    from nextbest.cli import main
    from serving import registry
    from tests.integration.support import third_party_warnings

    for name in ("BUNDLE", "ALIAS", "TRACKING_URI", "STORE_URL", "HOST", "PORT", "API_KEYS"):
        monkeypatch.delenv(f"NEXTBEST_{name}", raising=False)
    monkeypatch.setattr(registry, "PACKED", tmp_path / "no-bento")

    def run(home: Path, *arguments: str, **environment: str) -> Result:
        with third_party_warnings():
            return CliRunner().invoke(
                main,
                list(arguments),
                # A port of the test's own: somebody may well be running the demo on 3000.
                env={
                    "NEXTBEST_HOME": str(home),
                    "NEXTBEST_PORT": str(free_port),
                    **environment,
                },
            )

    return run


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
