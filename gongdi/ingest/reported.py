"""设备自己上报的小时、日数据：原样保留，先到的为准。"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import psycopg

from gongdi.ingest.rows import Outcome, ReportedRow

_FROM = """
FROM json_to_recordset(%s::json) AS r(seq int, device_id int, cn smallint, ts timestamptz, recv_at timestamptz,
    payload jsonb)"""
_INSERT = f"""
INSERT INTO obs_reported (device_id, cn, ts, recv_at, payload)
SELECT DISTINCT ON (r.device_id, r.cn, r.ts) r.device_id, r.cn, r.ts, r.recv_at, r.payload {_FROM}
ORDER BY r.device_id, r.cn, r.ts, r.seq
ON CONFLICT DO NOTHING RETURNING device_id, cn, ts"""
_COMPARE = f"""
SELECT r.seq, o.payload = r.payload {_FROM} JOIN obs_reported o USING (device_id, cn, ts)"""


def store(cursor: psycopg.Cursor[Any], rows: Sequence[ReportedRow]) -> list[Outcome]:
    """Insert reported rows; the same payload again is a repeat, another one a conflict."""
    if not rows:
        return []
    text = json.dumps(
        [
            {
                "seq": seq,
                "device_id": row.device_id,
                "cn": row.cn,
                "ts": row.ts.isoformat(),
                "recv_at": row.recv_at.isoformat(),
                "payload": row.payload,
            }
            for seq, row in enumerate(rows)
        ],
        ensure_ascii=False,
        allow_nan=False,
    )
    added = set(cursor.execute(_INSERT, (text,)).fetchall())
    same = dict(cursor.execute(_COMPARE, (text,)).fetchall()) if len(added) < len(rows) else {}
    outcomes = []
    for seq, row in enumerate(rows):
        key = (row.device_id, row.cn, row.ts)
        if key in added:
            added.discard(key)
            outcomes.append(Outcome.STORED)
        else:
            outcomes.append(Outcome.REPEAT if same.get(seq) else Outcome.CONFLICT)
    return outcomes
