"""Which version an alias names, asked without importing MLflow: a poll must cost little.

The registry's own tables are read where it is a database, its REST interface where it is a server.
"""

import base64
import json
import os
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import Request, urlopen

from sqlalchemy import Select, column, create_engine, make_url, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from features.errors import RegistryError

_SECONDS: Final = 5
_ALIASES: Final = table(
    "registered_model_aliases", column("name"), column("alias"), column("version")
)
_VERSIONS: Final = table(
    "model_versions", column("name"), column("version"), column("storage_location")
)


def version_of(uri: str, model: str, alias: str) -> str:
    """Return the version that an alias names.

    Parameters
    ----------
    uri
        Of the registry: a database's URL, or that of an MLflow server.

    Raises
    ------
    RegistryError
        If the registry cannot be asked, or no version has the alias.
    """
    if urlsplit(uri).scheme in ("http", "https"):
        found = _asked(uri, f"registered-models/alias?name={quote(model)}&alias={quote(alias)}")
    else:
        where = (_ALIASES.c.name == model) & (_ALIASES.c.alias == alias)
        found = _first(uri, select(_ALIASES.c.version).where(where))
    if found is None:
        raise RegistryError(
            f"The registry has no bundle under the alias {alias!r}.",
            "train and promote one: `nextbest train`, then `nextbest promote`.",
        )
    return found


def local_folder(uri: str, model: str, version: str) -> Path | None:
    """Return where a version's artefacts lie on this machine, None where they must be fetched."""
    if urlsplit(uri).scheme in ("http", "https"):
        return None
    where = (_VERSIONS.c.name == model) & (_VERSIONS.c.version == int(version))
    told = urlsplit(_first(uri, select(_VERSIONS.c.storage_location).where(where)) or "")
    folder = Path(unquote(told.path))
    return folder if told.scheme in ("", "file") and told.path and folder.is_dir() else None


def _first(uri: str, query: Select[tuple[object]]) -> str | None:
    url = make_url(uri)
    if url.drivername == "postgresql":  # MLflow takes psycopg2 by it, which is not ours
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        # Connecting would make an empty one.
        raise _unreachable(f"there is no {url.database}")
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            found = connection.scalar(query)
    except SQLAlchemyError as error:
        raise _unreachable(str(getattr(error, "orig", error)).splitlines()[0]) from error
    return None if found is None else str(found)


def _asked(uri: str, what: str) -> str | None:
    request = Request(f"{uri.rstrip('/')}/api/2.0/mlflow/{what}", headers=_credentials())
    try:
        with urlopen(request, timeout=_SECONDS) as answer:
            return str(json.load(answer)["model_version"]["version"])
    except HTTPError as error:
        if error.code == 404:
            return None
        raise _unreachable(f"it answered {error.code}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreachable(str(error)) from error


def _credentials() -> dict[str, str]:
    """Return the header that MLflow's own clients send, by the variables they read."""
    token, user = (
        os.environ.get("MLFLOW_TRACKING_TOKEN"),
        os.environ.get("MLFLOW_TRACKING_USERNAME"),
    )
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user:
        pair = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _unreachable(why: str) -> RegistryError:
    return RegistryError(
        f"The model registry cannot be asked ({why}).",
        "start it, or correct NEXTBEST_TRACKING_URI.",
    )
