"""Drafts a ``sources.yaml`` from the files of a folder."""

from pathlib import Path

from features.errors import SourceError
from features.schemas import TABLES
from features.sources.mapped.drafting.looking import Found, look
from features.sources.mapped.drafting.tables import Guess, guess_table
from features.sources.mapped.drafting.writing import Input, head, inputs_of, products_from
from features.storage import write_atomically

NAME = "sources.yaml"


def draft(folder: Path) -> Path:
    """Write a commented ``sources.yaml`` into a folder, guessed from its files.

    Names in several languages are understood. The draft loads as it stands when everything
    mandatory was found; what was guessed is marked ``CHECK``, what is lacking ``MISSING``.

    Parameters
    ----------
    folder
        Holds CSV, Parquet, DuckDB or SQLite files.

    Returns
    -------
    pathlib.Path
        Of the draft.

    Raises
    ------
    SourceError
        If there is a ``sources.yaml`` already (it is never overwritten), the folder is missing
        or holds no such file, or one cannot be read.
    """
    path = folder / NAME
    _refuse_unfit(folder, path)
    found = look(folder)
    if not found:
        raise SourceError(
            f"Folder {folder} holds no CSV, Parquet, DuckDB or SQLite file.", "put files there."
        )
    text = "\n".join(_lines(folder, found)) + "\n"
    write_atomically(path, lambda place: _write(place, text))
    return path


def _refuse_unfit(folder: Path, path: Path) -> None:
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder.", "name the folder that holds the files.")
    if path.exists():
        raise SourceError(
            f"{path} is there already, and is not overwritten.",
            f"edit it, or move it away; nextbest ingest {path} loads it.",
        )


def _lines(folder: Path, found: list[Found]) -> list[str]:
    guesses = [(one.title, guess_table(one)) for one in found]
    lines = head(folder.resolve().name, found)
    lines += _tables([guess for _, guess in guesses if guess is not None])
    left_out = [title for title, guess in guesses if guess is None]
    return [*lines, *(f"# Not understood, and left out: {title}" for title in left_out)]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _tables(guessed: list[Guess]) -> list[str]:
    inputs = [one for guess in guessed for one in inputs_of(guess)]
    given = {one.table for one in inputs}
    sales = [guess for guess in guessed if guess.table.name == "transactions"]
    if "products" not in given and sales:
        inputs += [products_from(guess) for guess in sales]
    lines = []
    for table in TABLES.values():
        of_table = [one for one in inputs if one.table == table.name]
        if of_table:
            lines += [f"  {table.name}:", *_written(of_table), ""]
        elif table.required:
            lines.append(f"  # MISSING {table.name}: no file was taken for it.")
    return lines


def _written(inputs: list[Input]) -> list[str]:
    if len(inputs) == 1:
        return [f"    {line}" for line in inputs[0].lines]
    lines = []
    for one in inputs:
        lines.append("    -")
        lines += [f"      {line}" for line in one.lines]
    return lines
