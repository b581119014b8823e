"""监测室测试的数据：设备、样本、提交，像网关那样写进热表。"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from gongdi.kernel.clock import SHANGHAI

ALL_NORMAL = 0x111111111
DAY = date(2026, 5, 20)


def at(text: str) -> datetime:
    """Shanghai instant of `2026-05-20 08:15:00` (seconds optional)."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Sample:
    """One minute sample; `received` None = 2 s after the end of the period."""

    ts: datetime
    received: datetime | None = None
    marks: int = ALL_NORMAL
    interval: int = 1
    pm10: float = 100.0
    noise: float = 60.0

    @property
    def recv_at(self) -> datetime:
        """Receive time."""
        return self.received or self.ts + timedelta(minutes=self.interval, seconds=2)


def minutes(start: datetime, count: int, **changes: Any) -> list[Sample]:
    """`count` consecutive samples of the interval in `changes` (default 1 minute)."""
    step = timedelta(minutes=changes.get("interval", 1))
    return [Sample(start + n * step, **changes) for n in range(count)]


class Store:
    """Writes as the gateways do, with the tables' owner."""

    def __init__(self, dsn: Callable[[str], str]) -> None:
        """`dsn` is the session fixture."""
        self.connection = psycopg.connect(dsn("owner"), autocommit=True)
        self.connection.execute("SET timezone = 'Asia/Shanghai'")

    def device(self, number: str = "A1", since: datetime | None = None, **changes: Any) -> int:
        """Register a dust device at the gateway; its id."""
        row = self.connection.execute(
            "INSERT INTO gateway_device (kind, device_no, secret, interval_min, valid_from, valid_to, test)"
            " VALUES ('dust', %s, 'x', %s, %s, %s, %s) RETURNING id",
            [
                number,
                changes.get("interval", 1),
                since or at("2026-05-01 00:00"),
                changes.get("until"),
                changes.get("test", False),
            ],
        ).fetchone()
        assert row is not None
        return int(row[0])

    def flush(self, device: int, samples: Sequence[Sample], *, rows: bool = True, delta: bool = True) -> None:
        """One flush: the minute rows and the row of the coverage queue."""
        with self.connection.transaction():
            if rows:
                self._rows(device, samples)
            if delta:
                self._delta(device, samples)

    def _rows(self, device: int, samples: Sequence[Sample]) -> None:
        for day in sorted({sample.ts.astimezone(SHANGHAI).date() for sample in samples}):
            self.connection.execute("SELECT obs_minute_ensure(%s, %s)", [day, day])
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO obs_minute (ts, recv_at, marks, device_id, interval_min, source, pm10_avg, noise_avg)"
                " VALUES (%s, %s, %s, %s, %s, 0, %s, %s) ON CONFLICT DO NOTHING",
                [(s.ts, s.recv_at, s.marks, device, s.interval, s.pm10, s.noise) for s in samples],
            )

    def _delta(self, device: int, samples: Sequence[Sample]) -> None:
        self.connection.execute(
            "INSERT INTO coverage_delta (at, device_ids, ts, recv_at, interval_min, marks)"
            " VALUES (now(), %s, %s, %s, %s, %s)",
            [
                [device] * len(samples),
                [s.ts for s in samples],
                [s.recv_at for s in samples],
                [s.interval for s in samples],
                [s.marks for s in samples],
            ],
        )

    def run(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Any statement, past the application."""
        cursor = self.connection.execute(sql.encode(), list(values))
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """End the connection."""
        self.connection.close()
