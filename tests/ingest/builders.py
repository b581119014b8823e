"""写入层测试用的行和数据库动作。"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import SHANGHAI, MinuteRow, Outcome
from gongdi.ingest.store import Batch, Store

Dsn = Callable[[str], str]
NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.astimezone(SHANGHAI).date()
START = NOW.replace(second=0) - timedelta(hours=2)
VALUES = tuple(float(number) / 2 for number in range(25))
GOOD = 0x111111111


def minute(device_id: int, offset: int, **changes: Any) -> MinuteRow:
    """A row of `device_id`, `offset` minutes after START."""
    ts = START + timedelta(minutes=offset)
    row = MinuteRow(
        ts, NOW, GOOD, device_id, 1, 0, VALUES, None, f"frame {device_id} {offset}".encode(), "10.0.0.1:9"
    )
    return row._replace(**changes)


def open_store(dsn: Dsn, gateway_id: int = 1, **limits: Any) -> Store:
    """A connected store of the gateway role."""
    store = Store(dsn("gateway"), gateway_id, WriterPolicy(**limits))
    store.connect()
    return store


def commit(store: Store, *rows: MinuteRow, now: float = 0.0) -> list[Outcome]:
    """Commit one batch of minute rows."""
    return store.commit(Batch(minutes=list(rows)), now)


def query(dsn: Dsn, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Rows of a statement run by the superuser of the tests."""
    with psycopg.connect(dsn("super"), autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def one(dsn: Dsn, statement: str, *parameters: Any) -> Any:
    """The single value of a statement."""
    return query(dsn, statement, *parameters)[0][0]


def midnight(day: date) -> datetime:
    """00:00 Shanghai of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
