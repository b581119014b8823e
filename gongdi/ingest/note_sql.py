"""把行以外的记录写进数据库：每类一条语句，JSON 进、集合出。"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import psycopg

from gongdi.ingest.arrays import MINUS_INFINITY, InstantArray, Int4Array
from gongdi.ingest.notes import Connection, DataNote, LastNote, Pending, Refused, SideBook, has_valid_value
from gongdi.ingest.rows import MinuteRow, ReportedRow, to_micros

_UNSTORABLE = re.compile(r"\\u0000")
_NOTIFY_BYTES = 7_000

Conflicting = tuple[MinuteRow | ReportedRow, Any]

_LAST = """
INSERT INTO device_last AS d (device_id, gateway_id, heard_at, peer, realtime, realtime_at, skew_s, skew_n, frames)
SELECT r.device_id, r.gateway_id, r.heard_at, r.peer, r.realtime, r.realtime_at, r.skew_s, r.skew_n, r.frames
FROM json_to_recordset(%s) AS r(device_id int, gateway_id int, heard_at timestamptz, peer text, realtime jsonb,
    realtime_at timestamptz, skew_s real, skew_n int, frames jsonb)
ORDER BY r.device_id
ON CONFLICT (device_id) DO UPDATE SET
    gateway_id = CASE WHEN excluded.heard_at >= d.heard_at THEN excluded.gateway_id ELSE d.gateway_id END,
    peer = CASE WHEN excluded.heard_at >= d.heard_at THEN excluded.peer ELSE d.peer END,
    heard_at = greatest(d.heard_at, excluded.heard_at),
    realtime = CASE WHEN excluded.realtime_at >= coalesce(d.realtime_at, '-infinity')
        THEN excluded.realtime ELSE d.realtime END,
    realtime_at = greatest(d.realtime_at, excluded.realtime_at),
    skew_s = coalesce(excluded.skew_s, d.skew_s),
    skew_n = d.skew_n + excluded.skew_n,
    frames = d.frames || excluded.frames"""

# 分钟数据的最近值：二进制数组一次传入；按设备号排好序，两个网关按同一次序占行
_DATA_ROWS = """unnest(%(devices)s, %(recv)s, %(ts)s, %(valid)s, %(acked)s, %(stored)s,
    string_to_array(%(peers)s::text, E'\\n')) AS r(device_id, recv_at, ts, valid_ts, acked, stored, peer)"""
_DATA_UPDATE = f"""
UPDATE device_last AS d SET
    gateway_id = CASE WHEN r.recv_at >= d.heard_at THEN %(gateway)s::int ELSE d.gateway_id END,
    peer = CASE WHEN r.recv_at >= d.heard_at THEN r.peer ELSE d.peer END,
    heard_at = greatest(d.heard_at, r.recv_at),
    data_ts = greatest(d.data_ts, r.ts),
    data_recv_at = greatest(d.data_recv_at, r.recv_at),
    valid_ts = greatest(d.valid_ts, nullif(r.valid_ts, '-infinity')),
    acked = d.acked + r.acked,
    stored = d.stored + r.stored
FROM {_DATA_ROWS} WHERE d.device_id = r.device_id"""
_DATA_INSERT = f"""
INSERT INTO device_last (device_id, gateway_id, heard_at, peer, data_ts, data_recv_at, valid_ts, acked, stored)
SELECT r.device_id, %(gateway)s::int, r.recv_at, r.peer, r.ts, r.recv_at, nullif(r.valid_ts, '-infinity'), r.acked,
    r.stored
FROM {_DATA_ROWS}
ON CONFLICT DO NOTHING"""
_DATA_PRESENT = "SELECT device_id FROM device_last WHERE device_id = ANY(%s)"

_PRESENCE = """
INSERT INTO presence_day AS p (device_id, day, heard)
SELECT r.device_id, r.day, r.heard::bit(1440) FROM json_to_recordset(%s) AS r(device_id int, day date, heard text)
ORDER BY r.device_id, r.day
ON CONFLICT (device_id, day) DO UPDATE SET heard = p.heard | excluded.heard"""

_REFUSED = """
INSERT INTO quarantine (recv_at, gateway_id, device_id, peer, device_no, reason, detail, data, held)
SELECT r.recv_at, r.gateway_id, r.device_id, r.peer, r.device_no, r.reason, r.detail, decode(r.data, 'hex'), r.held
FROM json_to_recordset(%s) AS r(recv_at timestamptz, gateway_id int, device_id int, peer text, device_no text,
    reason text, detail text, data text, held boolean)"""

_COUNTS = """
INSERT INTO quarantine_count AS q (day, source, reason, n)
SELECT r.day, r.source, r.reason, r.n FROM json_to_recordset(%s) AS r(day date, source text, reason text, n bigint)
ORDER BY r.day, r.source, r.reason
ON CONFLICT (day, source, reason) DO UPDATE SET n = q.n + excluded.n"""

_PENDING = """
INSERT INTO pending_device AS p (device_no, first_seen, last_seen, n, peer, st, frames)
SELECT r.device_no, r.first_seen, r.last_seen, r.n, r.peer, r.st,
    ARRAY(SELECT decode(f.hex, 'hex') FROM unnest(r.frames) WITH ORDINALITY AS f(hex, place) ORDER BY f.place)
FROM json_to_recordset(%s) AS r(device_no text, first_seen timestamptz, last_seen timestamptz, n bigint, peer text,
    st text, frames text[])
ORDER BY r.device_no
ON CONFLICT (device_no) DO UPDATE SET
    last_seen = greatest(p.last_seen, excluded.last_seen), n = p.n + excluded.n, peer = excluded.peer,
    st = excluded.st, frames = (excluded.frames || p.frames)[1:5]"""

_CONNECTIONS = """
INSERT INTO connection_log AS c (gateway_id, seq, opened_at, closed_at, device_id, relay, device_no, peer, why)
SELECT r.gateway_id, r.seq, r.opened_at, r.closed_at, r.device_id, r.relay, r.device_no, r.peer, r.why
FROM json_to_recordset(%s) AS r(gateway_id int, seq int, opened_at timestamptz, closed_at timestamptz, device_id int,
    relay boolean, device_no text, peer text, why text)
ORDER BY r.seq
ON CONFLICT (gateway_id, seq) DO UPDATE SET closed_at = excluded.closed_at, device_id = excluded.device_id,
    device_no = excluded.device_no, relay = excluded.relay, why = excluded.why"""

_REPEATS = """
INSERT INTO device_repeat AS d (device_id, n, last_at)
SELECT r.device_id, r.n, now() FROM json_to_recordset(%s) AS r(device_id int, n bigint) ORDER BY r.device_id
ON CONFLICT (device_id) DO UPDATE SET n = d.n + excluded.n, last_at = excluded.last_at"""

_CONFLICTS = """
INSERT INTO obs_conflict (device_id, ts, cn, recv_at, gateway_id, peer, payload, raw)
SELECT r.device_id, r.ts, r.cn, r.recv_at, r.gateway_id, r.peer, r.payload, decode(r.raw, 'hex')
FROM json_to_recordset(%s) AS r(device_id int, ts timestamptz, cn smallint, recv_at timestamptz, gateway_id int,
    peer text, payload jsonb, raw text)"""

_CANARIES = """
INSERT INTO canary (gateway_id, minute)
SELECT r.gateway_id, r.minute FROM json_to_recordset(%s) AS r(gateway_id int, minute timestamptz)
ON CONFLICT DO NOTHING"""


def dump(rows: Iterable[Any]) -> bytes:
    """JSON of rows; characters that PostgreSQL cannot store become U+FFFD or '?'."""
    text = json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"))
    return _UNSTORABLE.sub(r"\\ufffd", text).encode("utf-8", "replace")


def run(connection: psycopg.Connection[Any], statement: str, rows: Sequence[Any]) -> None:
    """Execute a recordset statement when there are rows."""
    if rows:
        connection.execute(statement.replace("%s", "%s::json", 1), (dump(rows).decode(),), prepare=True)


def write_last(
    connection: psycopg.Connection[Any],
    gateway_id: int,
    notes: dict[int, LastNote],
    data: Sequence[DataNote],
) -> None:
    """Merge last values, then tell the pages which devices changed (pg_notify 'live', ids only)."""
    run(connection, _LAST, [note.as_json(device_id, gateway_id) for device_id, note in notes.items()])
    if data:
        _write_data(connection, gateway_id, data)
    for payload in notify_payloads(sorted(notes.keys() | {note.row.device_id for note in data})):
        connection.execute("SELECT pg_notify('live', %s)", (payload,), prepare=True)


def _write_data(connection: psycopg.Connection[Any], gateway_id: int, data: Sequence[DataNote]) -> None:
    """Update the row of each device; a device without one (first contact) gets it by INSERT."""
    updated = connection.execute(_DATA_UPDATE, _data_arrays(gateway_id, data), prepare=True).rowcount
    if updated != len(data):
        devices = [note.row.device_id for note in data]
        present = {number for (number,) in connection.execute(_DATA_PRESENT, (devices,))}
        missing = [note for note in data if note.row.device_id not in present]
        if missing:
            connection.execute(_DATA_INSERT, _data_arrays(gateway_id, missing))


def _data_arrays(gateway_id: int, data: Sequence[DataNote]) -> dict[str, Any]:
    rows = [note.row for note in data]
    starts = list(map(to_micros, (row.ts for row in rows)))
    valid = [
        start if has_valid_value(row.marks) else MINUS_INFINITY
        for row, start in zip(rows, starts, strict=True)
    ]
    return {
        "gateway": gateway_id,
        "devices": Int4Array(row.device_id for row in rows),
        "recv": InstantArray(to_micros(row.recv_at) for row in rows),
        "ts": InstantArray(starts),
        "valid": InstantArray(valid),
        "acked": Int4Array(note.acked for note in data),
        "stored": Int4Array(note.stored for note in data),
        "peers": "\n".join(row.peer for row in rows),
    }


def notify_payloads(device_ids: Iterable[int]) -> list[str]:
    """Payloads 'dust 1,2,3', each below PostgreSQL's limit of 8000 bytes."""
    payloads: list[str] = []
    current: list[str] = []
    size = 0
    for text in map(str, device_ids):
        if current and size + len(text) + 1 > _NOTIFY_BYTES:
            payloads.append("dust " + ",".join(current))
            current, size = [], 0
        current.append(text)
        size += len(text) + 1
    return [*payloads, "dust " + ",".join(current)] if current else payloads


def write_presence(connection: psycopg.Connection[Any], presence: dict[tuple[int, date], int]) -> None:
    """OR minute bits of signs of life into presence_day."""
    rows = [
        {"device_id": device_id, "day": day.isoformat(), "heard": format(bits, "01440b")}
        for (device_id, day), bits in presence.items()
    ]
    run(connection, _PRESENCE, rows)


def write_side(connection: psycopg.Connection[Any], gateway_id: int, book: SideBook) -> None:
    """Write everything that waits in a side book."""
    run(connection, _REFUSED, [_refused(item, gateway_id) for item in book.refused])
    for payload in notify_payloads(sorted({item.device_id for item in book.refused if item.device_id})):
        connection.execute("SELECT pg_notify('live', %s)", (payload,), prepare=True)
    run(
        connection,
        _COUNTS,
        [{"day": d.isoformat(), "source": s, "reason": r, "n": n} for (d, s, r), n in book.counts.items()],
    )
    run(connection, _PENDING, [_pending(item) for item in book.pending.values()])
    run(connection, _CONNECTIONS, [_connection(item, gateway_id) for item in book.connections.values()])
    run(connection, _CANARIES, [{"gateway_id": gateway_id, "minute": _iso(at)} for at in book.canaries])


def write_repeats(connection: psycopg.Connection[Any], repeats: dict[int, int]) -> None:
    """Add acknowledged repeats (重复报文) by device."""
    run(connection, _REPEATS, [{"device_id": device_id, "n": n} for device_id, n in repeats.items()])


def write_conflicts(
    connection: psycopg.Connection[Any], gateway_id: int, rows: Sequence[Conflicting]
) -> None:
    """Keep differing rows under an existing key (冲突), with their frames."""
    run(
        connection,
        _CONFLICTS,
        [
            {
                "device_id": row.device_id,
                "ts": row.ts.isoformat(),
                "cn": row.cn,
                "recv_at": row.recv_at.isoformat(),
                "gateway_id": gateway_id,
                "peer": row.peer,
                "payload": payload,
                "raw": row.raw.hex(),
            }
            for row, payload in rows
        ],
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _refused(item: Refused, gateway_id: int) -> dict[str, Any]:
    return {
        "recv_at": item.at.isoformat(),
        "gateway_id": gateway_id,
        "device_id": item.device_id,
        "peer": item.peer,
        "device_no": item.device_no,
        "reason": item.reason,
        "detail": item.detail,
        "data": item.data.hex(),
        "held": item.held,
    }


def _pending(item: Pending) -> dict[str, Any]:
    return {
        "device_no": item.last.device_no,
        "first_seen": item.first.at.isoformat(),
        "last_seen": item.last.at.isoformat(),
        "n": item.n,
        "peer": item.last.peer,
        "st": item.last.st,
        "frames": [raw.hex() for raw in reversed(item.frames)],
    }


def _connection(item: Connection, gateway_id: int) -> dict[str, Any]:
    return {
        "gateway_id": gateway_id,
        "seq": item.seq,
        "opened_at": item.opened_at.isoformat(),
        "closed_at": _iso(item.closed_at),
        "device_id": item.device_id,
        "relay": item.relay,
        "device_no": item.device_no,
        "peer": item.peer,
        "why": item.why,
    }
