"""压测用的真实行：多种周期的设备、缺口、重发、补传、跨零点、免传，全部经生产的写入端提交。"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg

from gongdi.config.load import Config
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import VALUE_COLUMNS, MinuteRow
from gongdi.ingest.store import Batch, Store

INTERVALS = (1, 5, 10, 60, 5, 10, 5, 2, 30, 15)
NORMAL, FAULTY = 0x111111111, 0x555555555
VALUES = tuple(float(n) for n in range(1, len(VALUE_COLUMNS) + 1))
FLUSH = 5_000


def write_history(config: Config, devices: int, first: date, days: int) -> int:
    """Register `devices` and commit their `days`; number of rows handed to the writer."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=8)
    with psycopg.connect(config.dsn("owner")) as owner:
        ids = [_device(owner, number, start) for number in range(devices)]
        _exempt(owner, ids, start)
    store, written = Store(config.dsn("gateway"), _gateway(config, start), WriterPolicy()), 0
    store.connect()
    try:
        for rows in _flushes(ids, start, days):
            store.commit(Batch(minutes=rows), float(written))
            written += len(rows)
    finally:
        store.close()
    return written


def _device(owner: "psycopg.Connection[tuple[int, ...]]", number: int, start: datetime) -> int:
    row = owner.execute(
        "INSERT INTO gateway_device (kind, device_no, secret, interval_min, valid_from) VALUES ('dust', %s, 'x', %s, %s)"
        " RETURNING id",
        (f"RATE{number:06d}", INTERVALS[number % len(INTERVALS)], start - timedelta(days=1)),
    ).fetchone()
    return int(row[0]) if row else 0


def _exempt(owner: "psycopg.Connection[tuple[int, ...]]", ids: list[int], start: datetime) -> None:
    """An approved interval for each fifth device and one platform fault for all."""
    for number, device in enumerate(ids):
        if number % 5 == 0:
            begin = start + timedelta(days=number % 20, hours=7, minutes=47)
            owner.execute(
                "INSERT INTO telemetry_exemption (project_id, device_id, code, starts, ends, status, reason,"
                " applied_by, applied_at, approver, decided_at)"
                " VALUES (1, %s, 'X5', %s, %s, 'approved', '停电', '项目部', %s, '住建局', %s)",
                (device, begin, begin + timedelta(hours=30, minutes=17), begin, begin),
            )
    owner.execute(
        "INSERT INTO platform_fault (starts, ends, cause) VALUES (%s, %s, '压测')",
        (start + timedelta(days=12, hours=2), start + timedelta(days=12, hours=4, minutes=5)),
    )


def _gateway(config: Config, start: datetime) -> int:
    with psycopg.connect(config.dsn("owner")) as owner:
        row = owner.execute(
            "INSERT INTO gateway_instance (name, started_at, last_seen) VALUES ('bench', %s, %s) RETURNING id",
            (start, start),
        ).fetchone()
    return int(row[0]) if row else 0


def _flushes(ids: list[int], start: datetime, days: int) -> Iterator[list[MinuteRow]]:
    draw = random.Random(379)
    batch: list[MinuteRow] = []
    for day in range(days):
        for number, device in enumerate(ids):
            batch += _device_day(
                draw, device, INTERVALS[number % len(INTERVALS)], start + timedelta(days=day)
            )
            while len(batch) >= FLUSH:
                yield batch[:FLUSH]
                batch = batch[FLUSH:]
    if batch:
        yield batch


def _device_day(draw: random.Random, device: int, interval: int, start: datetime) -> Iterator[MinuteRow]:
    """One day with a gap, a back-filled stretch, faulty marks and some rows sent twice."""
    gap = draw.randrange(1440), draw.choice((0, 0, 30, 200, 700))
    refill = draw.randrange(1440), draw.choice((0, 90, 300))
    late = timedelta(hours=draw.choice((1, 20, 71, 80)))
    for minute in range(0, 1440, interval):
        if gap[0] <= minute < gap[0] + gap[1]:
            continue
        ts = start + timedelta(minutes=minute)
        delay = (
            late if refill[0] <= minute < refill[0] + refill[1] else timedelta(seconds=draw.randrange(1, 590))
        )
        marks = FAULTY if draw.random() < 0.02 else NORMAL
        received = ts + timedelta(minutes=interval) + delay
        row = MinuteRow(ts, received, marks, device, interval, 0, VALUES, None, b"", "bench")
        yield row
        if draw.random() < 0.01:
            yield row
