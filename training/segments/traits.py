"""What clusters look at: snapshot columns, how each is scaled, and how it is said in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLIP = 3.0  # standard deviations: one extraordinary customer makes no cluster
LOG, PLAIN = "log", "plain"


@dataclass(frozen=True)
class Trait:
    """A column of behaviour.

    Parameters
    ----------
    column
        Of the snapshot.
    theme
        Traits of a theme share one weight, so that ten columns on visits do not outvote two on
        prices.
    scale
        ``log`` for counts and money (log(1 + x)), ``plain`` for shares and ratios.
    high, low, high_fr, low_fr
        What much and little of it is called.
    """

    column: str
    theme: str
    scale: str
    high: str
    low: str
    high_fr: str
    low_fr: str


TRAITS = (
    Trait("orders_90d", "rhythm", LOG, "frequent orders", "few orders",
          "commandes fréquentes", "peu de commandes"),
    Trait("gap_days_mean", "rhythm", LOG, "long pauses between orders",
          "short pauses between orders", "longues pauses entre commandes",
          "courtes pauses entre commandes"),
    Trait("basket_value_mean_365d", "basket", LOG, "large baskets", "small baskets",
          "gros paniers", "petits paniers"),
    Trait("basket_lines_mean_365d", "basket", LOG, "many articles a basket",
          "few articles a basket", "beaucoup d'articles par panier", "peu d'articles par panier"),
    Trait("category_entropy_365d", "range", PLAIN, "spread over many categories",
          "keeps to few categories", "achats très variés", "fidèle à quelques catégories"),
    Trait("new_items_spend_share_365d", "range", PLAIN, "tries new articles",
          "buys the same articles again", "essaie des nouveautés", "rachète les mêmes articles"),
    Trait("discount_share_365d", "price", PLAIN, "buys on discount", "pays the full price",
          "achète en promotion", "paie le plein tarif"),
    Trait("own_brand_share_365d", "price", PLAIN, "prefers the shop's own brands",
          "prefers other brands", "préfère les marques du magasin", "préfère d'autres marques"),
    Trait("redemptions_365d", "price", LOG, "uses coupons", "uses no coupons",
          "utilise les bons", "n'utilise pas les bons"),
    Trait("top_location_share_365d", "place", PLAIN, "keeps to one shop",
          "goes to several shops", "fidèle à un magasin", "fréquente plusieurs magasins"),
    Trait("weekend_orders_share_365d", "time", PLAIN, "shops at the weekend",
          "shops on weekdays", "achète le week-end", "achète en semaine"),
    Trait("evening_orders_share_365d", "time", PLAIN, "shops in the evening",
          "shops before the evening", "achète le soir", "achète avant le soir"),
    Trait("sessions_365d", "web", LOG, "visits the site often", "hardly visits the site",
          "visite souvent le site", "visite peu le site"),
)  # fmt: skip
COLUMNS = tuple(trait.column for trait in TRAITS)


@dataclass(frozen=True)
class Scaling:
    """The space in which centroids lie, fixed by the first run.

    Parameters
    ----------
    columns
        Traits in order.
    centre, spread
        Mean and standard deviation of each scaled trait over the known values, shape (n_traits,).
    weight
        Of each trait, so that every theme has the same variance, shape (n_traits,).
    """

    columns: tuple[str, ...]
    centre: Floats
    spread: Floats
    weight: Floats


def fit_scaling(frame: pd.DataFrame, traits: Sequence[Trait] = TRAITS) -> Scaling:
    """Learn the scaling from the first run's customers."""
    raw = _raw(frame, traits)
    known = ~np.isnan(raw)
    filled = np.where(known, raw, 0.0)
    n = np.maximum(known.sum(axis=0), 1)
    centre = filled.sum(axis=0) / n
    spread = np.sqrt((np.where(known, raw - centre, 0.0) ** 2).sum(axis=0) / n)
    # A trait that everyone has alike says nothing; a spread of 1 leaves it at 0 for all.
    spread = np.where(spread > 1e-9, spread, 1.0)
    size = {t.theme: sum(o.theme == t.theme for o in traits) for t in traits}
    weight = np.array([1 / np.sqrt(size[t.theme]) for t in traits])
    return Scaling(tuple(t.column for t in traits), centre, spread, weight)


def standardise(frame: pd.DataFrame, scaling: Scaling, traits: Sequence[Trait] = TRAITS) -> Floats:
    """Return standard deviations from the first run's mean, shape (n_customers, n_traits).

    An unknown value (nothing bought in the window, say) is 0: it pulls to no side. Values beyond
    :data:`CLIP` deviations are cut.
    """
    z = (_raw(frame, traits) - scaling.centre) / scaling.spread
    clipped: Floats = np.clip(np.nan_to_num(z, nan=0.0), -CLIP, CLIP)
    return clipped


def _raw(frame: pd.DataFrame, traits: Sequence[Trait]) -> Floats:
    values = np.column_stack([frame[t.column].to_numpy(dtype=np.float64) for t in traits])
    logged = np.array([t.scale == LOG for t in traits])
    # Counts and money are never negative but for returns; a negative one counts as none.
    raw: Floats = np.where(logged, np.log1p(np.maximum(values, 0.0)), values)
    return raw
