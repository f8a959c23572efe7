"""What customers will spend: rules of thumb and models on a home's own tables.

    python -m benchmarks.value --home HOME --until 2017-12-30

``HOME`` holds ingested tables (Complete Journey, say). Every outcome window of ``--days`` days ends
by ``--until``: the last one tests, the one before it calibrates totals and intervals and chooses
(half of its customers calibrate, the others decide), four moments a fortnight apart whose windows
end before train. Consents are not honoured, as they are simulated there. Amounts in the currency's
unit; 95 % intervals over 200 bootstrap samples of the test customers, models kept.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from features.tables import open_tables
from training.models.value.choice import VALUE_DAYS, FittedValue, fit_value
from training.models.value.measures import MEASURES

SEED = 7
_CENTS = ("mae", "rmse", "width")


def report(fitted: FittedValue) -> None:
    """Print every candidate's figures, and what was chosen."""
    print(f"  {'':28s}" + "".join(f"{name:>28s}" for name in MEASURES))
    for name, measured in fitted.metrics.items():
        cells = []
        for key, e in measured.items():
            unit, digits = (100.0, 2) if key in _CENTS else (1.0, 3)
            low, value, high = (f"{part / unit:.{digits}f}" for part in (e.low, e.value, e.high))
            cells.append(f"{value} [{low}, {high}]")
        print(f"  {name:28s}" + "".join(f"{cell:>28s}" for cell in cells))
    print(f"  taken: {fitted.name} ({fitted.reason})")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--home", type=Path, required=True, help="a home with ingested tables")
    parser.add_argument("--until", required=True, help="a day, YYYY-MM-DD, UTC")
    parser.add_argument("--days", type=int, default=VALUE_DAYS, help="horizon")
    asked = parser.parse_args()
    until = int(datetime.fromisoformat(asked.until).replace(tzinfo=UTC).timestamp())
    with open_tables(asked.home / "tables", verify=False) as con:
        fitted = fit_value(con, until, honour_consents=False, seed=SEED, horizon_days=asked.days)
    print(f"\nspend of {asked.days} days, test moment {asked.days} days before {asked.until}, "
          f"{fitted.y.size:,} customers, mean {fitted.y.mean() / 100:.2f}")  # fmt: skip
    report(fitted)


if __name__ == "__main__":
    main()
