"""Records of people in two systems, brought to one form before they are compared."""

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from features.errors import SourceError

CRM = "crm_id"
LOYALTY = "loyalty_card"
FIELDS = ("first_name", "last_name", "email", "birth_date", "phone", "postal_code")
"""What records may say of a person. A file may lack some; only those in both are compared."""

_LEAST = 2
_CLEAN = {
    "first_name": "strip_accents(lower({}))",
    "last_name": "strip_accents(lower({}))",
    "email": "lower({})",
    "birth_date": "strftime(try_cast({} as DATE), '%Y-%m-%d')",
    "phone": "regexp_replace({}, '[^0-9]', '', 'g')",
    "postal_code": "regexp_replace(upper({}), '[^0-9A-Z]', '', 'g')",
}


def read_records(con: DuckDBPyConnection, crm: Path, loyalty: Path) -> tuple[str, ...]:
    """Create the tables ``crm`` and ``loyalty`` of a connection.

    Parameters
    ----------
    crm, loyalty
        CSV or Parquet files with a column ``crm_id`` or ``loyalty_card`` and some of
        :data:`FIELDS`, clear and not hashed: they are compared letter by letter.

    Returns
    -------
    The fields that both files have. The tables have the columns ``unique_id`` (the id of the
    system) and these fields, in one spelling; empty is null.

    Raises
    ------
    SourceError
        If a file cannot be read, lacks its id or repeats one, or fewer than two fields are in both.
    """
    columns = {
        name: _open(con, name, path, id_column)
        for name, path, id_column in (("crm", crm, CRM), ("loyalty", loyalty, LOYALTY))
    }
    fields = tuple(f for f in FIELDS if all(f in found for found in columns.values()))
    if len(fields) < _LEAST:
        raise SourceError(
            f"Files {crm.name} and {loyalty.name} have only {list(fields)} in common.",
            f"give both at least {_LEAST} of the columns {', '.join(FIELDS)}.",
        )
    for name, path, id_column in (("crm", crm, CRM), ("loyalty", loyalty, LOYALTY)):
        _clean(con, name, fields)
        _refuse_repeats(con, name, path, id_column)
    return fields


def _open(con: DuckDBPyConnection, name: str, path: Path, id_column: str) -> list[str]:
    try:
        if path.suffix.lower() == ".parquet":
            con.read_parquet(str(path)).create(f"raw_{name}")
        else:
            con.read_csv(str(path), all_varchar=True).create(f"raw_{name}")
    except (duckdb.Error, OSError) as error:
        raise SourceError(
            f"File {path} cannot be read: {error}.", "give a CSV or Parquet file."
        ) from error
    columns = con.table(f"raw_{name}").columns
    if id_column not in columns:
        raise SourceError(
            f"File {path} has no column {id_column}.", f"name the column of its ids {id_column}."
        )
    con.execute(f'alter table raw_{name} rename column "{id_column}" to unique_id')
    return columns


def _clean(con: DuckDBPyConnection, name: str, fields: tuple[str, ...]) -> None:
    values = ", ".join(
        f"nullif(trim({_CLEAN[f].format(f'trim(cast({f} as VARCHAR))')}), '') as {f}"
        for f in fields
    )
    con.execute(
        f"create table {name} as select cast(unique_id as VARCHAR) as unique_id, {values}"
        f" from raw_{name} where unique_id is not null order by unique_id"
    )
    con.execute(f"drop table raw_{name}")


def _refuse_repeats(con: DuckDBPyConnection, name: str, path: Path, id_column: str) -> None:
    repeated = con.execute(
        f"select unique_id, count(*) from {name} group by unique_id having count(*) > 1"
        " order by unique_id limit 1"
    ).fetchall()
    if repeated:
        value, times = repeated[0]
        raise SourceError(
            f"File {path} has {id_column} {value!r} {times} times.", "keep one record for each id."
        )
