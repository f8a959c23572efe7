"""Taking a person out of the quarantine, which keeps refused values as text."""

from pathlib import Path

import duckdb

from features.erasure.names import Names
from features.standing import quoted

# What a name may hold stays together; anything else parts two words.
_WORDS = "regexp_split_to_array(\"value\", '[^[:word:]@.:+-]+')"
_THEIRS = f'coalesce("value" in (from words) or list_has_any({_WORDS}, $words), false)'


def erase_quarantined(quarantine_dir: Path, names: Names) -> int:
    """Remove the refused values that are, or hold as a word, a name of the person.

    Returns
    -------
    How many.
    """
    words = sorted(names.customers | {value for _, value in names.identifiers})
    gone = 0
    con = duckdb.connect()
    con.execute("create table words as select unnest($words) as word", {"words": words})
    for path in sorted(quarantine_dir.glob("*/*.parquet")):
        source = f"read_parquet({quoted(str(path))}, hive_partitioning = false)"
        counted = f"select count(*) from {source} where {_THEIRS}"
        (found,) = con.execute(counted, {"words": words}).fetchall()[0]
        if found:
            temporary = path.with_suffix(".tmp")
            con.execute(
                f"copy (select * from {source} where not {_THEIRS})"
                f" to {quoted(str(temporary))} (format parquet, compression zstd)",
                {"words": words},
            )
            temporary.replace(path)
            gone += int(found)
    con.close()
    return gone
