"""Who was erased, by keyed hashes: the receipts, and the list that keeps them out."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, insert, select, update

from serving.stores.engine import in_portions, reading, writing
from serving.stores.ports import ErasureRow
from serving.stores.reading import Reader
from serving.stores.tables import erasures

_COLUMNS = [erasures.c[name] for name in ErasureRow._fields]
_KNOWN = select(erasures.c.subject).where(erasures.c.subject.in_(bindparam("ids", expanding=True)))
_KNOWN_ONE = select(erasures.c.subject).where(erasures.c.subject == bindparam("id"))
_MARK = "/"


class SqlErasures:
    """``ErasureStore`` over one table: a row an erasure, and one for each further name."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._known_one = reader.prepare(_KNOWN_ONE)

    def begin(self, row: ErasureRow, others: Sequence[str]) -> None:
        """Write down an erasure, and the hashes of the person's other names."""
        more = [
            row._replace(erasure_id=f"{row.erasure_id}{_MARK}{k}", subject=subject, receipt="")
            for k, subject in enumerate(others)
        ]
        gone = delete(erasures).where(
            erasures.c.erasure_id.startswith(f"{row.erasure_id}{_MARK}", autoescape=True)
            | (erasures.c.erasure_id == row.erasure_id)
        )
        with writing(self._engine) as connection:
            connection.execute(gone)
            connection.execute(insert(erasures), [each._asdict() for each in (row, *more)])

    def finish(self, erasure_id: str, at: int | None, receipt: str) -> None:
        """Keep the receipt, and when all was done; None while something is left."""
        of = erasures.c.erasure_id == erasure_id
        done = of | erasures.c.erasure_id.startswith(f"{erasure_id}{_MARK}", autoescape=True)
        with writing(self._engine) as connection:
            connection.execute(update(erasures).where(of).values(receipt=receipt))
            connection.execute(update(erasures).where(done).values(completed_at=at))

    def known(self, subjects: Collection[str]) -> set[str]:
        """Return those of the hashes whose person was erased, or is being erased."""
        if len(subjects) == 1:
            (one,) = subjects
            return {str(row[0]) for row in self._known_one(id=one)}
        found: set[str] = set()
        with reading(self._engine) as connection:
            for ids in in_portions(subjects):
                found.update(connection.scalars(_KNOWN, {"ids": ids}))
        return found

    def of_subject(self, subject: str) -> ErasureRow | None:
        """Return the erasure of the person with this hash, None when there was none."""
        by_name = select(erasures.c.erasure_id).where(erasures.c.subject == subject)
        with reading(self._engine) as connection:
            found = connection.scalar(by_name.order_by(erasures.c.requested_at.desc()).limit(1))
            if found is None:
                return None
            of = erasures.c.erasure_id == str(found).partition(_MARK)[0]
            row = connection.execute(select(*_COLUMNS).where(of)).one()
        return ErasureRow(*row)

    def pending(self) -> list[ErasureRow]:
        """Return the erasures of which something is left to do, oldest first."""
        query = select(*_COLUMNS).where(erasures.c.completed_at.is_(None), erasures.c.receipt != "")
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(erasures.c.requested_at)).all()
        return [ErasureRow(*row) for row in rows]

    def subjects(self) -> set[str]:
        """Return the hash of every name on the list."""
        with reading(self._engine, patient=True) as connection:
            return set(connection.scalars(select(erasures.c.subject)))
