"""一批里的分钟行：分快路、慢路和归档路写入，并记下每行的结果。"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import psycopg

from gongdi.ingest import late, staging
from gongdi.ingest.copy_format import HEADER, TRAILER, MinutePacker, MinuteShape, int4, int8, jsonb, record
from gongdi.ingest.known import KnownMinutes
from gongdi.ingest.rows import COLUMNS, MinuteRow, Outcome, day_number, to_micros

_MINUTES = f"COPY obs_minute ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
_EXTRA = "COPY obs_extra (ts, device_id, extra) FROM STDIN (FORMAT binary)"
_MILLI = 1_000  # 收到时间存到毫秒：足够判断按时，数据块每行省一个多字节


class MinuteBatch:
    """Minute rows of one transaction in columns; `outcomes` is aligned with `rows`."""

    def __init__(self, rows: Sequence[MinuteRow]) -> None:
        self.rows = rows
        self.device_ids = list(map(itemgetter(3), rows))
        self.ts, self.recv = _micros_of(rows)
        self.outcomes = [Outcome.STORED] * len(rows)
        self.all_stored = True

    def days(self) -> set[int]:
        """Day numbers of the rows."""
        return {day_number(ts) for ts in set(self.ts)}

    def stored(self) -> Sequence[int]:
        """Places of the rows that are new."""
        if self.all_stored:
            return range(len(self.rows))
        return [place for place, outcome in enumerate(self.outcomes) if outcome is Outcome.STORED]

    def store(
        self, connection: psycopg.Connection[Any], known: KnownMinutes, hot_days: int, archived_days: set[int]
    ) -> None:
        """Write the rows inside the caller's transaction and set their outcomes.

        Days older than `hot_days`, or known to be archived, are asked for their state and kept from closing.
        """
        closed = self._closed_days(connection, hot_days, archived_days)
        archived = [place for place, ts in enumerate(self.ts) if day_number(ts) in closed] if closed else []
        apart = set(archived)
        open_places = [place for place in range(len(self.rows)) if place not in apart] if archived else None
        fresh, suspect = self._split(known, open_places)
        with connection.cursor() as cursor:
            if fresh:
                self._copy_fresh(cursor, fresh)
                self._copy_extra(cursor, fresh)
            if suspect:
                cursor.execute(staging.STAGE)
                self._settle(suspect, staging.store(cursor, *self._picked(suspect)))
                self._copy_extra(cursor, suspect)
            if archived:
                self._settle(archived, late.merge(connection, *self._picked(archived)))

    def _split(self, known: KnownMinutes, places: list[int] | None) -> tuple[list[int], list[int]]:
        if places is None:
            return known.split(self.device_ids, self.ts)
        fresh, suspect = known.split([self.device_ids[p] for p in places], [self.ts[p] for p in places])
        return [places[p] for p in fresh], [places[p] for p in suspect]

    def _picked(self, places: Sequence[int]) -> tuple[list[MinuteRow], list[tuple[int, int]]]:
        return [self.rows[place] for place in places], [
            (self.ts[place], self.recv[place]) for place in places
        ]

    def _settle(self, places: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        self.all_stored = False
        for place, outcome in zip(places, outcomes, strict=True):
            self.outcomes[place] = outcome

    def _closed_days(
        self, connection: psycopg.Connection[Any], hot_days: int, archived_days: set[int]
    ) -> set[int]:
        if not self.rows:
            return set()
        limit = day_number(max(self.recv)) - hot_days
        old = {number for number in self.days() if number < limit or number in archived_days}
        return late.lock_days(connection, old) if old else set()

    def _copy_fresh(self, cursor: psycopg.Cursor[Any], places: list[int]) -> None:
        packer, rows, starts, received = _PACKER, self.rows, self.ts, self.recv
        full: list[bytes] = []
        groups: dict[MinuteShape, list[bytes]] = {packer.full: full}
        pack, add = packer.full.pack, full.append
        places.sort(key=self.device_ids.__getitem__)  # 两个网关按同一次序占键，不会死锁
        for place in places:
            _, _, marks, device_id, interval, source, values, _, _, _, _ = rows[place]
            head = starts[place], received[place], marks, device_id, interval, source
            try:
                add(pack(*head, *values))
            except struct.error:  # 缺项的行不合满格的格式
                shape, there = packer.shape(values)
                groups.setdefault(shape, []).append(shape.pack(*head, *there))
        with cursor.copy(_MINUTES) as copy:
            copy.write(HEADER + b"".join(shape.finish(packed) for shape, packed in groups.items()) + TRAILER)

    def _copy_extra(self, cursor: psycopg.Cursor[Any], places: Sequence[int]) -> None:
        tuples = []
        for place in places:
            row = self.rows[place]
            if row[7] and self.outcomes[place] is Outcome.STORED:
                text = json.dumps(row.extra, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
                tuples.append(record(int8(self.ts[place]), int4(row.device_id), jsonb(text)))
        if tuples:
            with cursor.copy(_EXTRA) as copy:
                copy.write(HEADER + b"".join(tuples) + TRAILER)


_PACKER = MinutePacker()


def _micros_of(rows: Sequence[MinuteRow]) -> tuple[list[int], list[int]]:
    starts: dict[datetime, int] = {}
    ts: list[int] = []
    recv: list[int] = []
    last, last_micros = None, 0
    for row in rows:
        start, at = row[0], row[1]
        try:
            ts.append(starts[start])
        except KeyError:
            starts[start] = to_micros(start)
            ts.append(starts[start])
        if at is not last:
            last, last_micros = at, to_micros(at) // _MILLI * _MILLI
        recv.append(last_micros)
    return ts, recv
