"""Access: everything that is held of a person, for them and for a machine to read."""

from collections.abc import Mapping
from typing import Any, Final

from bundle.erasing import profile_of
from serving.application import Application
from serving.customer_requests import ScoresRequest
from serving.privacy.erased import refuse_erased, unknown_customer
from serving.privacy.home import Home, store_names

FORMAT: Final = 1


def export(
    home: Home, application: Application | None, customer_id: str, now: int
) -> dict[str, Any]:
    """Return all that is held of a person, under every id that is surely theirs.

    Parameters
    ----------
    application
        What says scores; None where no bundle is served.
    now
        Epoch seconds UTC.

    Returns
    -------
    ``tables`` (the canonical tables), ``store`` (what the service keeps), ``files`` (what was made
    from the tables), ``profiles`` (the row of each bundle in the home) and ``scores``. Times are in
    epoch seconds UTC, money of ``tables`` in cents.

    Raises
    ------
    Problem
        404, when nothing is held of them.
    """
    refuse_erased(home.stores, customer_id)
    names = home.names(customer_id, now)
    if not home.holds(names):
        raise unknown_customer(customer_id)
    return {
        "format": FORMAT,
        "customer_id": customer_id,
        "exported_at": now,
        "ids": {
            "customer_ids": sorted(names.customers),
            "identifiers": [
                {"identifier_type": kind, "value": value}
                for kind, value in sorted(names.identifiers)
            ],
        },
        "tables": home.table_rows(names),
        "store": home.stores.personal.rows(store_names(names)),
        "files": home.file_rows(names),
        "profiles": _profiles(home, names.customers),
        "scores": _scores(application, sorted(names.customers)),
    }


def _profiles(home: Home, customers: frozenset[str]) -> list[Mapping[str, object]]:
    found = [profile_of(folder, one) for folder in home.bundles() for one in sorted(customers)]
    versions = {str(profile["bundle_version"]): profile for profile in found if profile}
    return [versions[version] for version in sorted(versions)]


def _scores(application: Application | None, customers: list[str]) -> Any:  # noqa: ANN401
    if application is None:
        return None
    return application.scores(ScoresRequest(customer_ids=tuple(customers)))
