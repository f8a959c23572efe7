"""Measuring drift in a home: the champion's own snapshot against the customers of a later day."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bundle.contents import Bundle
from bundle.files import read_bundle
from features.errors import RegistryError
from features.settings import Settings
from features.snapshot import build_snapshot
from features.tables import open_tables
from training import tracking
from training.as_of import chosen_as_of
from training.consents import Statement, bind_current_consents
from training.drift import Drift, shift_of, shifts
from training.held_out import HeldOut

Floats = NDArray[np.float64]


def measure_drift(
    settings: Settings, as_of: int | None, now: int, statements: Sequence[Statement] = ()
) -> Drift:
    """Hold the live population against the champion's.

    Of customers who refuse ``analytics`` today, nothing is counted on either side.

    Parameters
    ----------
    as_of
        The live moment, epoch seconds; the end of the data when None.
    now
        For consents that expire, as in training.
    statements
        Consents told to the service since the tables were ingested.

    Raises
    ------
    RegistryError
        If nothing was promoted.
    SourceError
        If nothing was ingested, or the moment has too little history.
    """
    client = tracking.connect(settings)
    champion = tracking.version_of(client, tracking.CHAMPION)
    if champion is None:
        raise RegistryError(
            "There is no champion to measure drift from.", "promote one: `nextbest promote`."
        )
    bundle = read_bundle(tracking.bundle_directory(client, champion))
    moment = chosen_as_of(settings, as_of)
    con = open_tables(settings.tables)
    # By the consents of now on both sides: else a consent that expired would pass for drift.
    bind_current_consents(con, statements, now)
    live = build_snapshot(con, [moment]).to_pandas()
    live = live[live["analytics_allowed"]].set_index("customer_id")
    before, after = _profiles(bundle, live)
    return Drift(
        trained=int(bundle.manifest.as_of),
        live=moment,
        predictions=[
            shift_of(name, _said(bundle, name, before), _said(bundle, name, after))
            for name in (*sorted(bundle.models), *sorted(bundle.amounts))
        ],
        columns=shifts(
            [column["name"] for column in bundle.manifest.columns],
            before,
            after,
            weights(tracking.held_out(client, champion)),
        ),
    )


def weights(held: HeldOut | None) -> Mapping[str, float]:
    """Return by column the share of gain in the model that leans on it most."""
    heaviest: dict[str, float] = {}
    for model in held.models.values() if held is not None else ():
        for name, share in model.importance.items():
            heaviest[name] = max(share, heaviest.get(name, 0.0))
    return heaviest


def _profiles(bundle: Bundle, live: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the rows of then and of now: those of whom anything is known."""
    index = bundle.customer_map.index_of(live.index.to_numpy(str))
    then = bundle.customers.profiles[index[index >= 0]]
    names = [column["name"] for column in bundle.manifest.columns]
    now = live.reindex(columns=names).to_numpy(np.float64, na_value=np.nan)
    return _known(then), _known(now)


def _known(profiles: Floats) -> Floats:
    return profiles[~np.isnan(profiles).all(axis=1)]


def _said(bundle: Bundle, name: str, profiles: Floats) -> Floats:
    model = bundle.models.get(name) or bundle.amounts[name]
    places = [bundle.column_positions[column] for column in model.columns]
    return np.asarray(model.predict(profiles[:, places]).mean)
