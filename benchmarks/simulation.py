"""The truth behind the simulated answers: what everyone asked would have said.

Draws the simulated tables again from the ingested purchases (same seed, same rows) and compares
those asked with those who answered. Printed: rows of each table, and by metric the requests, the
response rate, and the measure over the answers and over everyone asked.

    python -m benchmarks.simulation          # needs `nextbest ingest complete_journey`
"""

import pandas as pd

from features.settings import read_settings
from features.sources.simulated.source import DEFAULT_SEED
from features.sources.simulated.tables import SURVEYS, draw_tables
from features.tables import open_tables
from nextbest.terminal import say


def main() -> None:
    """Print the tables and the truth."""
    con = open_tables(read_settings().tables, verify=False)
    drawn = draw_tables(con, DEFAULT_SEED)
    for name, rows in drawn.items():
        if name != SURVEYS:
            say(f"{name:18}{len(rows):>9,}")
    say()
    say(
        f"{'metric':8}{'asked':>8}{'answered':>10}{'rate':>8}{'of answers':>12}{'of all asked':>14}"
    )
    for metric, asked in drawn[SURVEYS].groupby("metric"):
        answers = asked[asked["answered"]]
        say(
            f"{metric:8}{len(asked):>8,}{len(answers):>10,}{len(answers) / len(asked):>8.1%}"
            f"{measure(str(metric), answers['score']):>12.2f}"
            f"{measure(str(metric), asked['score']):>14.2f}"
        )


def measure(metric: str, scores: pd.Series) -> float:
    """NPS (-100 to 100) of 0-10 scores; the mean of any other scale."""
    if metric == "nps":
        return 100 * float((scores >= 9).mean() - (scores <= 6).mean())
    return float(scores.mean())


if __name__ == "__main__":
    main()
