"""把演示历史写进库：网关角色写数据，应用角色写覆盖与汇总，与正式系统同样的权限。"""

import socket
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql

from gongdi.cli.demo import events
from gongdi.cli.demo.history import (
    HOT_DAYS,
    HOUR_COLUMNS,
    MAP_COLUMNS,
    MINUTE_COLUMNS,
    PRESENCE_COLUMNS,
    Frame,
    History,
    Sample,
)
from gongdi.cli.demo.series import DAYS
from gongdi.cli.demo.spine import LoadedDevice
from gongdi.config.load import Config
from gongdi.ingest.blocks import CODEC
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.returns.services.settle import settle_again
from gongdi.returns.services.upkeep import each_minute
from gongdi.telemetry.services.masks import refresh_masks
from gongdi.telemetry.services.raise_alarms import judge_hours
from gongdi.telemetry.terms import Terms

STAGE_MAPS = """
CREATE TEMPORARY TABLE demo_maps (
    device_id integer, day date, received bit(1440), on_time bit(1440), valid bit(1440)
)
"""
FILL_MAPS = """
UPDATE coverage_day c
SET received = m.received, on_time = m.on_time, valid = m.valid, updated_at = %(now)s,
    expected_hours = m.expected_hours, valid_hours = m.valid_hours
FROM (
    SELECT s.device_id, s.day, s.received, s.on_time, s.valid, h.expected_hours, h.valid_hours
    FROM demo_maps s
    JOIN coverage_day old ON old.stream = 1 AND old.subject_id = s.device_id AND old.day = s.day,
         coverage_hours(coverage_due(old.expected, s.received, old.exempt, old.fault), s.valid, %(n)s, %(d)s) h
) m
WHERE c.stream = 1 AND c.subject_id = m.device_id AND c.day = m.day
"""
EARLIER_ACCESS = """
UPDATE returns_accessfact a SET dust_on = p.connected_on
FROM projects_project p
WHERE p.id = a.project_id AND p.connected_on < a.dust_on
"""
"""Projects older than the history came over from the system before: their proof is the stored date."""
KEPT_TABLES = (
    "django_%",
    "auth_%",
    "kernel_%",
    "procrastinate_%",
    "orgs_division",
    "projects_projectkind%",
    "schema_version",
)


class Store:
    """Two connections of the running system's roles for the time of the load."""

    def __init__(self, config: Config, frame: Frame, now: datetime) -> None:
        self._config, self._frame, self._now = config, frame, now
        self._days = [frame.first_day + timedelta(days=n) for n in range(DAYS)]
        self._stored: dict[int, int] = {}
        self._recent: dict[int, list[tuple[int, Sample]]] = {}

    def __enter__(self) -> "Store":
        self._gateway = psycopg.connect(self._config.dsn("gateway"), autocommit=True)
        self._app = psycopg.connect(self._config.dsn("app"), autocommit=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gateway.close()
        self._app.close()

    def prepare(self) -> None:
        """Partitions of the days that stay hot, the archive marks of the others, the staging table."""
        hot = self._days[-HOT_DAYS:]
        self._app.execute(
            "SELECT obs_minute_ensure(%s, %s)", (hot[0], max(hot[-1], hot[-1] + timedelta(days=7)))
        )
        self._app.cursor().executemany(
            "INSERT INTO obs_day (day, closed_at, dropped_at) VALUES (%s, %s, %s)",
            [(day, self._now, self._now) for day in self._days[:-HOT_DAYS]],
        )
        self._app.execute(STAGE_MAPS)
        name = f"{socket.gethostname()}:{self._config.hj212_port}"
        self._gateway_id = events.write_platform(self._gateway, self._app, self._frame, name, self._now)

    def add(self, history: History) -> None:
        """Write one device: blocks, hot rows and presence in one transaction, then maps and hours."""
        with self._gateway.transaction(), self._gateway.cursor() as cursor:
            _copy_blocks(cursor, history, self._frame, self._now)
            _copy(cursor, f"obs_minute ({MINUTE_COLUMNS})", history.minutes)
            _copy(cursor, f"presence_day ({PRESENCE_COLUMNS})", history.presence)
        with self._app.transaction(), self._app.cursor() as cursor:
            _copy(cursor, f"demo_maps ({MAP_COLUMNS})", history.maps)
            _copy(cursor, f"obs_hour ({HOUR_COLUMNS})", history.hours)
        self._stored[history.device_id] = history.stored
        self._recent[history.device_id] = history.recent

    def finish(self, devices: list[LoadedDevice]) -> None:
        """Exemptions, then maps, alarms and rates by the product's own functions, last values and logs."""
        events.write_exemptions(self._app, devices, self._frame, self._now)
        terms = Terms(policy_set(), working_calendar())
        self._app.execute("ANALYZE demo_maps")
        pairs = self._app.execute("SELECT device_id, day FROM demo_maps ORDER BY day, device_id").fetchall()
        refresh_masks([(int(device), day) for device, day in pairs], terms, self._now)
        share = terms.of(self._days[-1]).hour_share
        with self._app.transaction():
            self._app.execute(FILL_MAPS, {"now": self._now, "n": share.numerator, "d": share.denominator})
        sources = events.Sources(self._gateway, self._gateway_id, self._frame, self._now)
        events.write_last(sources, devices, self._recent, self._stored)
        events.write_refused(sources, devices, self._recent)
        self._judge(terms)
        settle_again(self._days[0], self._days[-1], terms, self._now)
        each_minute(terms, self._now)
        self._app.execute(EARLIER_ACCESS)

    def _judge(self, terms: Terms) -> None:
        """Alarms of the hours that may exceed a limit, judged by the product's own function."""
        rows = self._app.execute(
            "SELECT device_id, ts FROM obs_hour WHERE pm10_avg >= 200 OR noise_leq >= 55 AND"
            " extract(hour FROM ts AT TIME ZONE 'Asia/Shanghai') IN (22, 23, 0, 1, 2, 3, 4, 5) OR noise_leq >= 69"
            " ORDER BY ts, device_id"
        ).fetchall()
        judge_hours([(int(device), ts) for device, ts in rows], terms, self._now)


def wipe_unfinished(config: Config) -> None:
    """Empty an interrupted load as the owner; what the migrations loaded stays, the holding project too."""
    with psycopg.connect(config.dsn("owner")) as owner:
        names = [
            str(row[0])
            for row in owner.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
                " AND relnamespace = 'public'::regnamespace AND NOT relname LIKE ANY(%s)",
                (list(KEPT_TABLES),),
            )
        ]
        owner.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM projects_project WHERE holding")
        tables = sql.SQL(", ").join(map(sql.Identifier, names))
        _with_insert_only_off(owner, names, sql.SQL("TRUNCATE {} RESTART IDENTITY").format(tables))
        owner.execute("INSERT INTO projects_project OVERRIDING SYSTEM VALUE SELECT * FROM kept")
        owner.execute(
            "SELECT setval(pg_get_serial_sequence('projects_project', 'id'), (SELECT max(id) FROM projects_project))"
        )


def _with_insert_only_off(
    owner: "psycopg.Connection[Any]", names: list[str], statement: sql.Composed
) -> None:
    """Run a statement past the triggers of the insert-only tables: what half a demo recorded is no evidence."""
    guarded = [
        str(row[0])
        for row in owner.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE %s"
            " AND tgrelid::regclass::text = ANY(%s)",
            ("%insert_only", names),
        )
    ]
    for word, after in (("DISABLE", False), ("ENABLE", True)):
        if after:
            owner.execute(statement)
        for name in guarded:
            turn = sql.SQL("ALTER TABLE {} " + word + " TRIGGER USER")
            owner.execute(turn.format(sql.Identifier(name)))


def _copy_blocks(cursor: "psycopg.Cursor[Any]", history: History, frame: Frame, now: datetime) -> None:
    target = "COPY obs_block (device_id, day, codec, n, payload, sha256, built_at) FROM STDIN"
    with cursor.copy(target) as copy:
        for block in history.blocks:
            day = frame.date_of(block.day)
            copy.write_row((history.device_id, day, CODEC, block.n, block.payload, block.sha256, now))


def _copy(cursor: "psycopg.Cursor[Any]", target: str, lines: list[str]) -> None:
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.SQL(target))) as copy:
        copy.write("".join(lines))
