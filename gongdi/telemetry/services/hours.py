"""小时汇总：只用有效样本，噪声取能量平均；迟到的数据重算它那一小时。"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import log10

from django.db import connection, transaction

from gongdi.ingest.compaction import read_rows
from gongdi.ingest.rows import VALUE_COLUMNS, MinuteRow
from gongdi.kernel.clock import SHANGHAI, shanghai_day
from gongdi.telemetry.hot_connection import hot_connection
from gongdi.telemetry.rules.validity import COUNTED, FACTORS, FactorGroups, mark_of, sample_valid
from gongdi.telemetry.terms import Terms

ONE_HOUR = timedelta(hours=1)
_COUNTED_SQL = ",".join(str(int(mark)) for mark in sorted(COUNTED))
MEANS = ("pm10", "pm25", "tsp", "temperature", "humidity", "wind_speed")
DirtyHours = Sequence[tuple[int, datetime]]

TAKE = """
DELETE FROM telemetry_dirtyhour d USING (
    SELECT device_id, ts FROM telemetry_dirtyhour WHERE ts < %s ORDER BY ts, device_id LIMIT %s FOR UPDATE SKIP LOCKED
) AS t WHERE d.device_id = t.device_id AND d.ts = t.ts RETURNING d.device_id, d.ts
"""
CLOSE = """
INSERT INTO telemetry_dirtyhour (device_id, ts)
SELECT c.subject_id, %(hour)s FROM coverage_day c
WHERE c.stream = 1 AND c.day = %(day)s AND bit_count(substring(c.received FROM %(first)s FOR 60)) > 0
  AND NOT EXISTS (SELECT FROM obs_hour h WHERE h.device_id = c.subject_id AND h.ts = %(hour)s
                  AND h.updated_at > %(hour)s + interval '1 hour')
ON CONFLICT DO NOTHING
"""
_COLUMNS = (
    "device_id, ts, updated_at, n, valid_n, pm10_avg, pm10_max, pm25_avg, tsp_avg, noise_leq, noise_max,"
    " temperature_avg, humidity_avg, wind_speed_avg"
)
_UPDATES = ", ".join(f"{c} = EXCLUDED.{c}" for c in _COLUMNS.split(", ")[2:])
_MARKS = ", ".join(["%s"] * len(_COLUMNS.split(", ")))
_STORE = f"INSERT INTO obs_hour ({_COLUMNS}) VALUES ({_MARKS}) ON CONFLICT (device_id, ts) DO UPDATE SET {_UPDATES}"


def _counted(factor: str) -> str:
    return f"((m.marks >> {4 * FACTORS.index(factor)}) & 15) IN ({_COUNTED_SQL})"


def valid_sql(groups: FactorGroups) -> str:
    """SQL condition equal to `rules.validity.sample_valid` on `m.marks`."""
    return " AND ".join("(" + " OR ".join(_counted(name) for name in group) + ")" for group in groups)


def _roll_sql(groups: FactorGroups) -> str:
    """Means weighted by the interval, over samples that are valid and whose factor counts."""
    good = f"({valid_sql(groups)})"

    def mean(factor: str) -> str:
        used = f"FILTER (WHERE {good} AND {_counted(factor)} AND m.{factor}_avg IS NOT NULL)"
        return f"sum(m.{factor}_avg::float8 * m.interval_min) {used} / nullif(sum(m.interval_min) {used}, 0)"

    noise = f"FILTER (WHERE {good} AND {_counted('noise')} AND m.noise_avg IS NOT NULL)"
    return f"""
INSERT INTO obs_hour ({_COLUMNS})
SELECT d.device_id, d.ts, %s, count(*), count(*) FILTER (WHERE {good}),
    {mean("pm10")}, max(coalesce(m.pm10_max, m.pm10_avg)) FILTER (WHERE {good} AND {_counted("pm10")}),
    {mean("pm25")}, {mean("tsp")},
    10 * log(nullif(sum(power(10, m.noise_avg::float8 / 10) * m.interval_min) {noise}
             / nullif(sum(m.interval_min) {noise}, 0), 0)),
    max(coalesce(m.noise_max, m.noise_avg)) {noise},
    {mean("temperature")}, {mean("humidity")}, {mean("wind_speed")}
FROM unnest(%s::integer[], %s::timestamptz[]) AS d(device_id, ts)
JOIN obs_minute m ON m.device_id = d.device_id AND m.ts >= d.ts AND m.ts < d.ts + interval '1 hour'
WHERE m.ts >= %s AND m.ts < %s
GROUP BY d.device_id, d.ts
ON CONFLICT (device_id, ts) DO UPDATE SET {_UPDATES}
"""


def close_hour(hour: datetime) -> int:
    """Mark the hour that began at `hour` for every device that reported in it; hours marked."""
    local = hour.astimezone(SHANGHAI)
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, {"hour": hour, "day": local.date(), "first": local.hour * 60 + 1})
        return int(cursor.rowcount)


def roll_hours(terms: Terms, now: datetime, limit: int = 20_000) -> list[tuple[int, datetime]]:
    """Recompute waiting hours that have closed; the (device, hour) pairs done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE, [now - ONE_HOUR, limit])
        hours = [(int(device), ts) for device, ts in cursor.fetchall()]
        compacted = _compacted({shanghai_day(ts) for _, ts in hours})
        by_day: dict[date, list[tuple[int, datetime]]] = {}
        for device, ts in hours:
            by_day.setdefault(shanghai_day(ts), []).append((device, ts))
        for day, pairs in sorted(by_day.items()):
            groups = terms.of(day).groups
            if day in compacted:
                _roll_blocks(pairs, groups, now)
            else:
                _roll_rows(pairs, groups, now)
        return hours


def _compacted(days: set[date]) -> set[date]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT day FROM obs_day WHERE day = ANY (%s)", [list(days)])
        return {row[0] for row in cursor.fetchall()}


def _roll_rows(pairs: DirtyHours, groups: FactorGroups, now: datetime) -> None:
    starts = [ts for _, ts in pairs]
    bounds = [min(starts), max(starts) + ONE_HOUR]
    with connection.cursor() as cursor:
        cursor.execute(_roll_sql(groups), [now, [device for device, _ in pairs], starts, *bounds])


def _roll_blocks(pairs: DirtyHours, groups: FactorGroups, now: datetime) -> None:
    """Hours of a compacted day: the rows come from the device-day blocks."""
    with connection.cursor() as cursor:
        for device, ts in pairs:
            with hot_connection() as raw:
                rows = read_rows(raw, device, ts, ts + ONE_HOUR)
            values = [device, ts, now, *hour_of_rows(rows, groups)]
            cursor.execute(_STORE, values)


def hour_of_rows(rows: Sequence[MinuteRow], groups: FactorGroups) -> list[float | None]:
    """The twelve numbers of `obs_hour` after updated_at (n, valid_n, means) from minute rows."""
    good = [row for row in rows if sample_valid(row.marks, groups)]

    def pairs(column: str) -> list[tuple[float, int]]:
        index, factor = VALUE_COLUMNS.index(column), column.rpartition("_")[0]
        return [
            (value, row.interval_min)
            for row in good
            if (value := row.values[index]) is not None and mark_of(row.marks, factor) in COUNTED
        ]

    def mean(factor: str) -> float | None:
        found = pairs(f"{factor}_avg")
        weight = sum(k for _, k in found)
        return sum(value * k for value, k in found) / weight if weight else None

    def highest(factor: str) -> float | None:
        found = [value for value, _ in pairs(f"{factor}_max") + pairs(f"{factor}_avg")]
        return max(found, default=None)

    noise = pairs("noise_avg")
    weight = sum(k for _, k in noise)
    leq = 10 * log10(sum(10 ** (value / 10) * k for value, k in noise) / weight) if weight else None
    return [
        len(rows),
        len(good),
        mean("pm10"),
        highest("pm10"),
        mean("pm25"),
        mean("tsp"),
        leq,
        highest("noise"),
        mean("temperature"),
        mean("humidity"),
        mean("wind_speed"),
    ]
