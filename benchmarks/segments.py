"""Do the names of clusters last? Segments month by month over the ingested tables.

Each run goes on from the one before, in a folder that is thrown away. Printed, by month: names
kept, new and retired; the share of customers who keep their cluster and their RFM class; the
adjusted Rand index between the two months' clusters; k, its stability and silhouette.

    python -m benchmarks.segments            # needs `nextbest ingest complete_journey`
"""

import tempfile
from pathlib import Path

from sklearn.metrics import adjusted_rand_score

from features.settings import read_settings
from features.tables import data_end, open_tables
from nextbest.terminal import say
from training.as_of import date_text
from training.segments.run import Segmentation, segment

DAY = 86_400
MONTHS = 5


def main() -> None:
    """Print a line a month."""
    tables = read_settings().tables
    con = open_tables(tables)
    end = data_end(tables) + 1
    before: Segmentation | None = None
    with tempfile.TemporaryDirectory() as folder:
        for back in reversed(range(MONTHS)):
            result = segment(con, end - back * 30 * DAY, Path(folder))
            say(line(before, result))
            before = result


def line(before: Segmentation | None, result: Segmentation) -> str:
    """Describe a run against the one before."""
    trial = next(t for t in result.trials if t.k == len(result.clusters))
    start = (
        f"{date_text(result.as_of)}  {len(result.customers):,} customers  k {trial.k}"
        f" (stability {trial.stability:.2f}, silhouette {trial.silhouette:.3f})  names kept"
        f" {len(result.kept)}, new {len(result.new)}, retired {len(result.retired)}"
    )
    if before is None:
        return start
    both = before.customers.merge(result.customers, on="customer_id")
    rand = adjusted_rand_score(both["cluster_x"], both["cluster_y"])
    cluster = (both["cluster_x"] == both["cluster_y"]).mean()
    rfm = (both["segment_x"] == both["segment_y"]).mean()
    return f"{start}  same cluster {cluster:.1%} (ARI {rand:.2f}), same class {rfm:.1%}"


if __name__ == "__main__":
    main()
