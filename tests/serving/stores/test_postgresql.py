"""What is PostgreSQL's own: restarts, locks, timeouts, addresses and passwords."""

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, select, text

from features.errors import SettingError
from serving.stores import Stores, bounded, locks, open_stores, postgresql
from serving.stores.engine import transact, writing
from serving.stores.libpq import LibpqLine
from serving.stores.lines import LineLostError
from serving.stores.ports import Entry, StockRow, StoreUnavailableError
from serving.stores.reading import Reader
from serving.stores.tables import counters
from tests.databases import PostgreSQL
from tests.serving.stores.contracts import consent, contact, decision
from tests.serving.stores.test_batches import noise
from tests.serving.stores.test_entries import entry

ROW = StockRow("i1", "l1", 1, "in_stock", 1)


@pytest.fixture
def kind() -> str:
    return "postgresql"


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try a server again at once: a test does not wait for it."""
    monkeypatch.setattr(postgresql, "_REST_S", 0.0)


@pytest.fixture
def session(url: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Somebody else at the same database."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def engine_of(store: Stores) -> Engine:
    return store.stock._engine  # type: ignore[attr-defined,no-any-return]


def test_a_restart_is_survived_by_reads_and_writes(
    server: PostgreSQL, store: Stores, no_rest: None
) -> None:
    store.stock.put([ROW])
    store.decisions.append([decision("d1")])
    assert store.decisions.get("d1") is not None
    server.stop()
    reads: list[Callable[[], object]] = [
        lambda: store.consents.for_customers(["c1"]),
        lambda: store.consents.for_customers(["c1", "c2"]),
        lambda: store.stock.changes_since(0),
        lambda: store.decisions.get("d1"),
        lambda: store.decisions.exists(["d1"]),
        lambda: list(store.decisions.of_kind("k", 0, 1)),
        lambda: store.ledger.recent(["c1"], 0),
        lambda: store.ledger.mark(["c1"]),
        lambda: store.ledger.mark(["c1", "c2"]),
        lambda: store.ledger.outcomes("d1"),
        lambda: store.events.of_customers(["c1"], 0),
        lambda: store.events.of_visitors(["v1", "v2"], 0),
        lambda: store.keys.find("h1"),
        lambda: store.keys.all(),
        lambda: store.links.customers_of(["v1"]),
        lambda: store.persons.around(["c1", "c2"]),
        lambda: store.rules.get("p1"),
    ]
    writes: list[Callable[[], object]] = [
        lambda: store.stock.put([ROW]),
        lambda: store.decisions.append([decision("d2")], [contact("d2", 1)]),
        lambda: store.consents.append([consent("granted", 1)]),
        lambda: store.persons.replace([]),
        lambda: store.keys.revoke("h1"),
    ]
    try:
        for ask in reads + writes:
            with pytest.raises(StoreUnavailableError):
                ask()
    finally:
        server.start()
    for ask in reads + writes:
        ask()
    assert store.stock.changes_since(0)[0][0].item_id == "i1"


def test_batches_survive_a_restart(server: PostgreSQL, store: Stores, no_rest: None) -> None:
    """Short ones, on a connection of their own, and those that look before they write."""
    assert store.decisions.append_each([entry("d0")]) == [None]
    server.stop()
    server.start()
    assert store.decisions.append_each([entry("d1")]) == [None], "nobody saw the server go"
    server.stop()
    try:
        for batch in ([entry("d2")], [entry("d3", "c1", 0)]):
            with pytest.raises(StoreUnavailableError):
                store.decisions.append_each(batch)
    finally:
        server.start()
    assert store.decisions.append_each([entry("d2")]) == [None]
    assert store.decisions.append_each([entry("d3", "c1", 0)]) == [None]
    assert store.decisions.exists(["d1", "d2", "d3"]) == {"d1", "d2", "d3"}


def test_a_batch_that_cannot_be_written_in_time_is_not(
    url: str, session: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    store = open_stores(f"{url}&options=-c%20lock_timeout%3D50")
    assert store.decisions.append_each([entry("d1")]) == [None]
    with session.transaction():
        session.execute("LOCK TABLE decisions")
        with pytest.raises(StoreUnavailableError, match="lock timeout"):
            store.decisions.append_each([entry("d2")])
    assert store.decisions.exists(["d1", "d2"]) == {"d1"}
    assert store.decisions.append_each([entry("d2")]) == [None]
    store.close()


def test_a_batch_whose_server_hangs_is_given_up(
    url: str, session: "psycopg.Connection[tuple[object, ...]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_stores(f"{url}&options=-c%20lock_timeout%3D0")
    assert store.decisions.append_each([entry("d1")]) == [None]
    monkeypatch.setattr(store.decisions._batches._held, "_within_s", 0.1)  # type: ignore[attr-defined]
    with session.transaction():
        session.execute("LOCK TABLE decisions")
        with pytest.raises(StoreUnavailableError, match=r"no answer within 0\.1 s"):
            store.decisions.append_each([entry("d2")])
    assert store.decisions.append_each([entry("d3")]) == [None]
    store.close()


def test_a_batch_longer_than_the_socket_takes_is_sent_whole(store: Stores) -> None:
    wide = [decision(f"d{k}", a=noise(400_000)) for k in range(20)]
    assert store.decisions.append_each([Entry(one) for one in wide]) == [None] * 20
    assert store.decisions.get("d19") == wide[19]


def test_a_second_batch_at_the_same_time_does_not_wait_for_the_first(
    url: str, store: Stores
) -> None:
    held = store.decisions._batches._lock  # type: ignore[attr-defined]
    with held:
        assert store.decisions.append_each([entry("d1")]) == [None]
    assert store.decisions.exists(["d1"]) == {"d1"}


def test_a_dead_server_is_not_asked_again_for_a_moment(
    server: PostgreSQL, store: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_REST_S", 3600.0)
    server.stop()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            store.rules.get("p1")
    server.start()
    # The hour is not over.
    with pytest.raises(StoreUnavailableError):
        store.rules.get("p1")


def test_a_row_that_stays_locked_fails_the_write_in_time(
    url: str, session: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    store = open_stores(f"{url}&options=-c%20lock_timeout%3D100")
    store.stock.put([ROW])
    with session.transaction():
        session.execute("SELECT value FROM counters FOR UPDATE")
        with pytest.raises(StoreUnavailableError, match="lock timeout"):
            store.stock.put([ROW])
    assert store.stock.put([ROW]) == (1, 0)
    store.close()


def test_timeouts_are_set_where_the_address_says_nothing(store: Stores) -> None:
    with engine_of(store).connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("statement_timeout", "lock_timeout", "default_transaction_isolation")
        }
    assert told["statement_timeout"] == "2s"
    assert told["lock_timeout"] == "1500ms"


def test_bulk_work_has_time(store: Stores) -> None:
    with writing(engine_of(store), patient=True) as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "30min"
    with writing(engine_of(store)) as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "2s"


def test_an_answer_that_does_not_come_is_not_waited_for(url: str) -> None:
    connection = psycopg.connect(url, autocommit=True)
    line = LibpqLine(connection, within_s=0.1)
    assert line.read("SELECT $1::text, 1.5::float8, null::int8", ["x"]) == [("x", 1.5, None)]
    with pytest.raises(StoreUnavailableError, match=r"no answer within 0\.1 s"):
        line.read("SELECT 1 FROM (SELECT pg_sleep($1::int)) AS slept", [3])
    line.close()
    with pytest.raises(LineLostError):
        line.read("SELECT 1", [])


def test_a_server_that_hangs_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No timeout of the server ends this sleep."""
    monkeypatch.setattr(bounded, "WITHIN_S", 0.15)
    store = open_stores(f"{url}&options=-c%20lock_timeout%3D0")
    with (
        pytest.raises(StoreUnavailableError, match=r"no answer within 0\.15 s"),
        writing(engine_of(store)) as connection,
    ):
        connection.exec_driver_sql("SELECT pg_sleep(3)")
    monkeypatch.undo()
    assert store.stock.put([ROW]) == (1, 0)
    with writing(engine_of(store), patient=True) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.within_s == bounded.PATIENT_S
    with writing(engine_of(store)):
        assert driver.within_s == bounded.WITHIN_S
    store.close()


def test_a_mistake_of_ours_is_not_called_an_outage(url: str) -> None:
    connection = psycopg.connect(url, autocommit=True)
    line = LibpqLine(connection)
    with pytest.raises(psycopg.errors.UndefinedTable):
        line.read("SELECT 1 FROM no_such_table", [])
    assert line.read("SELECT 1", []) == [(1,)]
    line.close()


def test_each_thread_reads_on_a_connection_of_its_own(store: Stores) -> None:
    reader = Reader(engine_of(store))
    ask = reader.prepare(select(counters.c.value).where(counters.c.name == "stock"))
    store.stock.put([ROW])
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.extend(ask() for _ in range(50))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[(1,)]] * 200
    reader.close()


def test_work_that_a_deadlock_undid_is_done_again(store: Stores) -> None:
    """Two transactions take two locks in opposite orders; the server undoes one of them."""
    engine, both = engine_of(store), threading.Barrier(2)
    tries: list[int] = []

    def take(first: int, second: int) -> None:
        def work(connection: Connection) -> None:
            tries.append(first)
            connection.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({first})"))
            if len(tries) <= 2:
                both.wait()
            connection.execute(text(f"SELECT pg_advisory_xact_lock({second})"))

        transact(engine, work)

    other = threading.Thread(target=take, args=(2, 1))
    other.start()
    take(1, 2)
    other.join()
    assert len(tries) == 3


@pytest.mark.parametrize("many", [2, locks.MOST_AT_ONCE + 1])
def test_one_waits_for_another_who_holds_a_customer(url: str, store: Stores, many: int) -> None:
    mine = open_stores(f"{url}&options=-c%20lock_timeout%3D50")
    customers = [f"c{k}" for k in range(many)]
    with writing(engine_of(store)) as connection:
        locks.hold_customers(connection, customers)
        with pytest.raises(StoreUnavailableError), writing(engine_of(mine)) as late:
            locks.hold_customers(late, ["c1", "z"])
    with writing(engine_of(mine)) as late:
        locks.hold_customers(late, ["c1", "z"])
    mine.close()


def test_holders_of_other_customers_do_not_wait(url: str, store: Stores) -> None:
    mine = open_stores(f"{url}&options=-c%20lock_timeout%3D50")
    with writing(engine_of(store)) as connection, writing(engine_of(mine)) as other:
        locks.hold_customers(connection, ["c1", "c2"])
        locks.hold_customers(other, ["c3"])
    mine.close()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://reader:s3cret@127.0.0.1:9/shop",
        "postgres://reader:s3cret@127.0.0.1:9/shop",
        "postgresql://reader:s3cret@127.0.0.1:9/shop?sslmode=s3cret",
    ],
)
def test_a_server_that_cannot_be_reached_is_named_without_its_password(address: str) -> None:
    with pytest.raises(SettingError, match=r"127\.0\.0\.1/shop") as caught:
        open_stores(address)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)


def test_a_user_who_may_not_make_tables_is_told(server: PostgreSQL) -> None:
    url = server.new_database()
    server.run("CREATE ROLE reader LOGIN")
    with pytest.raises(SettingError, match="permission denied"):
        open_stores(url.replace("postgres:@", "reader:@"))


def test_bytes_order_text_whatever_the_language_of_the_server(store: Stores) -> None:
    store.decisions.append([decision(name) for name in ("b", "B", "a", "é")])
    found = [one.decision_id for one in store.decisions.of_kind("next_best_actions", 0, 999)]
    assert found == ["B", "a", "b", "é"]


def test_the_driver_may_be_named(url: str) -> None:
    open_stores(url.replace("postgresql://", "postgresql+psycopg://")).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    engine.dispose()
