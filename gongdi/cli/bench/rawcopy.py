"""对照用的裸 COPY：同样的分钟行和同样的原始字节，一次写进同样结构的表。"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from gongdi.cli.bench.processes import cpu_seconds
from gongdi.cli.bench.stage import Stage
from gongdi.config.load import Config
from gongdi.ingest import raw_blocks
from gongdi.ingest.copy_format import HEADER, TRAILER, int4, int8, record
from gongdi.ingest.rows import COLUMNS, to_micros

PIECE = 1 << 20


def prepare(config: Config) -> None:
    """Create the tables of the comparison: the same columns, key and partitions, no product code behind them."""
    with psycopg.connect(config.dsn("owner")) as connection:
        for name in ("copy_minute", "loop_minute"):
            table = sql.Identifier(name)
            connection.execute(
                sql.SQL("CREATE TABLE {} (LIKE obs_minute INCLUDING ALL) PARTITION BY RANGE (ts)").format(
                    table
                )
            )
            connection.execute(
                sql.SQL("CREATE TABLE {} PARTITION OF {} DEFAULT").format(
                    sql.Identifier(f"{name}_all"), table
                )
            )
        connection.execute("CREATE TABLE copy_block (LIKE raw_block INCLUDING ALL)")
        connection.execute("CREATE TABLE copy_frame (device_id integer, recv_at timestamptz, frame bytea)")


def measure(
    system: Stage, begins: datetime, ends: datetime, store: Callable[[], list[int]]
) -> Iterator[tuple[str, float, int]]:
    """Yield (name, PostgreSQL CPU seconds, rows) of COPY with the frames as received, then with the product's blocks."""
    with psycopg.connect(system.config.dsn("owner")) as source:
        minutes, blocks, frames = exported(source, begins, ends)
    rows = len(frames)
    for name, copies in (
        ("raw_copy", [("copy_minute", columns(), minutes), ("copy_frame", "*", plain(frames))]),
        ("raw_copy_blocks", [("copy_minute", columns(), minutes), ("copy_block", "*", blocks)]),
    ):
        with psycopg.connect(system.config.dsn("owner")) as connection:
            for table, _, _ in copies:
                connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
            connection.commit()
            before = cpu_seconds(store())
            for table, names, data in copies:
                load(connection, table, names, data)
            connection.commit()
        yield name, cpu_seconds(store()) - before, rows


def columns() -> str:
    """Return the columns of a minute row."""
    return ", ".join(COLUMNS)


def load(connection: psycopg.Connection[Any], table: str, names: str, data: bytes) -> None:
    """COPY prebuilt bytes into a table."""
    target = "" if names == "*" else f" ({names})"
    statement = f"COPY {table}{target} FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for offset in range(0, len(data), PIECE):
            copy.write(data[offset : offset + PIECE])


def exported(
    connection: psycopg.Connection[Any], begins: datetime, ends: datetime
) -> tuple[bytes, bytes, list[tuple[int, datetime, bytes]]]:
    """Return what the product stored for these minutes: rows, blocks (binary COPY) and the single frames."""
    window = sql.SQL("WHERE ts >= {} AND ts < {}").format(begins, ends)
    minutes = copied_out(
        connection, sql.SQL("SELECT {} FROM obs_minute {}").format(sql.SQL(columns()), window)
    )
    last = connection.execute(
        sql.SQL("SELECT min(recv_at), max(recv_at) FROM obs_minute {}").format(window)
    ).fetchone()
    assert last is not None
    within = sql.SQL("WHERE first_at <= {1} AND last_at >= {0}").format(*last)
    blocks = copied_out(connection, sql.SQL("SELECT * FROM raw_block {}").format(within))
    frames = []
    for ids, payload in connection.execute(
        sql.SQL("SELECT device_ids, payload FROM raw_block {}").format(within)
    ):
        for device_id, (_, raw) in zip(ids, raw_blocks.decode(payload), strict=True):
            frames.append((device_id, last[0], raw))
    return minutes, blocks, frames


def copied_out(connection: psycopg.Connection[Any], query: sql.Composed) -> bytes:
    """Return a query's rows in binary COPY format."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(piece) for piece in copy)


def plain(frames: list[tuple[int, datetime, bytes]]) -> bytes:
    """Return the frames as received in binary COPY format, one row each."""
    rows = [record(int4(device), int8(to_micros(at)), raw) for device, at, raw in frames]
    return b"".join([HEADER, *rows, TRAILER])
