"""压测存储：每台设备每分钟占多少字节，热行、归档后、原始报文，并核对归档无损。"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import psycopg

from gongdi.cli.arguments import Parser, count
from gongdi.cli.bench import realistic
from gongdi.cli.bench.frames import minute_frame
from gongdi.cli.bench.stage import stage
from gongdi.config.load import Config
from gongdi.ingest import partitions
from gongdi.ingest.compaction import compact_day, read_rows
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import SHANGHAI, MinuteRow, Values
from gongdi.ingest.store import Batch, Store
from gongdi.kernel.clock import now

GOOD = 0x111111111
FLUSH_ROWS = 200
ARCHIVED_AGE = timedelta(days=20)
STEPS = [
    "minute_rows",
    "primary_key",
    "raw_frames",
    "coverage_delta",
    "commit_fsync",
    "compaction",
    "read_back",
]


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Write through the production store, measure relations, compact a day and compare every bit."""
    parser = Parser(prog="gongdi bench storage")
    parser.add_argument("--devices", type=count, default=2_000)
    parser.add_argument("--minutes", type=count, default=20)
    parser.add_argument("--archived", type=count, default=24, help="归档的设备日数")
    size = parser.parse_args(argv)
    with stage() as system:
        today = now().astimezone(SHANGHAI).date()
        hot = hot_bytes(system.config, today, size.devices, size.minutes)
        archive = compacted_bytes(system.config, today - ARCHIVED_AGE, today, size.archived)
    return {"steps": STEPS, "settings_changed": [], **hot, **archive}


def hot_bytes(config: Config, today: date, devices: int, minutes: int) -> dict[str, Any]:
    """Bytes per device-minute of a finished day (its key rebuilt in the night) and while it is written."""
    days = [
        realistic.device_day(readings[500:], seed, minutes)
        for seed, readings in enumerate(realistic.sensors())
    ]
    start, store = _midnight(today - timedelta(days=1)), _open(config)
    random = Random(1)
    for minute in range(minutes):
        order = random.sample(range(devices), devices)
        rows = [_row(device, start, minute, days[device % len(days)][minute]) for device in order]
        for place in range(0, devices, FLUSH_ROWS):
            store.commit(Batch(minutes=rows[place : place + FLUSH_ROWS]), float(minute))
    store.close()
    n, child = devices * minutes, partitions.name_of(today - timedelta(days=1))
    with psycopg.connect(config.dsn("owner"), autocommit=True) as owner:
        written, key = _size(owner, child), _size(owner, f"{child}_pkey")
        raw = _size(owner, "raw_block")
        partitions.tidy_day(owner, today - timedelta(days=1))
        tidied = _size(owner, child)
    return {
        "hot_bytes_per_minute": round(tidied / n, 1),
        "hot_bytes_per_minute_while_written": round(written / n, 1),
        "hot_key_bytes_per_minute_while_written": round(key / n, 1),
        "raw_frame_bytes_per_minute": round(raw / n, 1),
        "hot_rows": n,
    }


def compacted_bytes(config: Config, day: date, today: date, devices: int) -> dict[str, Any]:
    """Bytes per device-minute of archived days, and whether every row came back bit for bit."""
    store, start, sources = _open(config), _midnight(day), realistic.sensors()
    for device in range(devices):
        values = realistic.device_day(sources[device % len(sources)][300 + 20 * device :], device)
        rows = [_row(device, start, minute, row) for minute, row in enumerate(values)]
        store.commit(Batch(minutes=rows), float(device))
    store.close()
    end = start + timedelta(days=1)
    with (
        psycopg.connect(config.dsn("app"), autocommit=True) as app,
        psycopg.connect(config.dsn("owner"), autocommit=True) as owner,
    ):
        before = [read_rows(app, device + 1, start, end) for device in range(devices)]
        done = compact_day(app, owner, day, today)
        after = [read_rows(app, device + 1, start, end) for device in range(devices)]
        on_disk = _size(owner, "obs_block")
    return {
        "compacted_bytes_per_minute": round(on_disk / done.rows, 1),
        "compacted_payload_bytes_per_minute": round(done.payload_bytes / done.rows, 1),
        "compacted_rows": done.rows,
        "lossless": before == after and done.devices == devices,
    }


def _row(device: int, start: datetime, minute: int, values: Values) -> MinuteRow:
    ts = start + timedelta(minutes=minute)
    late = timedelta(milliseconds=Random(device << 12 | minute).gauss(2_000, 800))
    frame = minute_frame(device, start.replace(tzinfo=None), minute)
    return MinuteRow(
        ts, ts + timedelta(minutes=1) + late, GOOD, device + 1, 1, 0, values, None, frame, "bench"
    )


def _open(config: Config) -> Store:
    store = Store(config.dsn("gateway"), 1, WriterPolicy())
    store.connect()
    return store


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _size(connection: psycopg.Connection[Any], relation: str) -> int:
    row = connection.execute("SELECT pg_total_relation_size(to_regclass(%s))", (relation,)).fetchone()
    return int(row[0]) if row else 0
