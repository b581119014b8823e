"""设备页近 24 小时曲线：分钟点、有效小时均值、限值、超标带、到达轨。"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from psycopg import sql

from gongdi.kernel import policy as p
from gongdi.kernel.clock import SHANGHAI, shanghai_day
from gongdi.kernel.policy import Parameter, PolicyRow
from gongdi.orgs.models import Division
from gongdi.telemetry.factors import BY_NAME, FACTORS, compass
from gongdi.telemetry.models import SandStorm
from gongdi.telemetry.queries.coverage import DeviceDays, device_days
from gongdi.telemetry.queries.states import SlotState, StateRun, joined, state_runs
from gongdi.telemetry.rules.hours import hour_valid
from gongdi.telemetry.rules.limits import is_night, pm10_stop
from gongdi.telemetry.rules.minutes import effective_expected, hour_slice
from gongdi.telemetry.rules.validity import Mark, mark_of
from gongdi.telemetry.services.raise_alarms import noise_limits
from gongdi.telemetry.terms import Terms, load_terms


@dataclass(frozen=True, slots=True)
class HourMean:
    """Mean of one hour; `value` is None unless the hour is valid (a mean is drawn only for a valid hour)."""

    ts: datetime
    value: float | None
    valid: bool
    exceeded: bool


@dataclass(frozen=True, slots=True)
class LimitLine:
    """限值 in force over [starts, ends) of the picture, with label and basis in Chinese."""

    starts: datetime
    ends: datetime
    value: float
    label: str
    basis: str


@dataclass(frozen=True, slots=True)
class Band:
    """Shaded interval: kind exceeded / back_filled / pending / sand_storm."""

    starts: datetime
    ends: datetime
    kind: str
    minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class FactorTile:
    """因子格: last value in the stored unit with name, unit and mark (`mark` e.g. N, D)."""

    factor: str
    label: str
    unit: str
    decimals: int
    value: float | None
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class FactorCurve:
    """Curve of one factor. `minutes[i]` belongs to starts + i minutes, None = no sample."""

    factor: str
    label: str
    unit: str
    minutes: tuple[float | None, ...]
    hours: tuple[HourMean, ...]
    limits: tuple[LimitLine, ...]


@dataclass(frozen=True, slots=True)
class DayCurve:
    """The last 24 h: [starts, ends), curves of the asked factors, one tile per factor, bands and rail."""

    starts: datetime
    ends: datetime
    tiles: tuple[FactorTile, ...]
    curves: tuple[FactorCurve, ...]
    bands: tuple[Band, ...]
    rail: tuple[StateRun, ...]


@dataclass(frozen=True, slots=True)
class CurveSettings:
    """What to draw: factor names; the division (6 digits) whose dated policy gives the limits in force."""

    factors: tuple[str, ...] = ("pm10", "pm25", "noise")
    division: str | None = None


ONE_HOUR = timedelta(hours=1)
MINUTES_SHOWN = 1440
MARK_LETTERS = {
    Mark.NORMAL: "N", Mark.OVER_LIMIT: "T", Mark.MAINTENANCE: "M", Mark.CALIBRATION: "C", Mark.FAULT: "D",
    Mark.LINK_LOST: "B", Mark.STOPPED: "F", Mark.SET_BY_HAND: "S", Mark.POWER_FAILURE: "P",
}  # fmt: skip
HOUR_COLUMNS = {
    "pm10": "pm10_avg",
    "pm25": "pm25_avg",
    "tsp": "tsp_avg",
    "noise": "noise_leq",
    "temperature": "temperature_avg",
    "humidity": "humidity_avg",
    "wind_speed": "wind_speed_avg",
}
BAND_LEAST = 5
"""Shorter runs are seen in the rail only, minutes."""


def day_curve(device_id: int, now: datetime, settings: CurveSettings) -> DayCurve:
    """Minute values and hour means of the last 24 h for the factors in `settings` (6 queries)."""
    ends = now.astimezone(SHANGHAI).replace(second=0, microsecond=0)
    starts = ends - timedelta(minutes=MINUTES_SHOWN)
    terms = load_terms()
    rows, hours = _minutes(device_id, starts, ends), _hours(device_id, starts, ends)
    days = device_days(device_id, shanghai_day(starts), shanghai_day(ends))
    rail = _rail(days, starts, ends, now, terms)
    valid = {ts: _hour_counts(days, ts, terms) for ts in _hour_starts(starts, ends)}
    curves = tuple(
        _curve(name, rows, hours, valid, _Frame(starts, ends, settings, terms)) for name in settings.factors
    )
    return DayCurve(starts, ends, _tiles(rows), curves, _bands(curves, rail, starts, ends), rail)


@dataclass(frozen=True, slots=True)
class _Frame:
    starts: datetime
    ends: datetime
    settings: CurveSettings
    terms: Terms


Rows = list[tuple[Any, ...]]


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _minutes(device_id: int, starts: datetime, ends: datetime) -> Rows:
    statement = sql.SQL(
        "SELECT (extract(epoch FROM ts - %s) / 60)::integer, marks, {} FROM obs_minute"
        " WHERE device_id = %s AND ts >= %s AND ts < %s ORDER BY ts"
    ).format(_names(factor.column for factor in FACTORS))
    with connection.cursor() as cursor:
        cursor.execute(statement, [starts, device_id, starts, ends])
        rows: Rows = cursor.fetchall()
    return rows


def _hours(device_id: int, starts: datetime, ends: datetime) -> dict[datetime, dict[str, float | None]]:
    wanted = "SELECT ts, {} FROM obs_hour WHERE device_id = %s AND ts > %s AND ts < %s ORDER BY ts"
    with connection.cursor() as cursor:
        statement = sql.SQL(wanted).format(_names(HOUR_COLUMNS.values()))
        cursor.execute(statement, [device_id, starts - ONE_HOUR, ends])
        return {row[0]: dict(zip(HOUR_COLUMNS, row[1:], strict=True)) for row in cursor.fetchall()}


def _hour_starts(starts: datetime, ends: datetime) -> list[datetime]:
    first = starts.replace(minute=0)
    count = int((ends - first) / ONE_HOUR) + (1 if (ends - first) % ONE_HOUR else 0)
    return [first + n * ONE_HOUR for n in range(count)]


def _hour_counts(days: DeviceDays, ts: datetime, terms: Terms) -> bool:
    """Whether the hour is valid by its maps; an exempt hour has no mean either."""
    local = ts.astimezone(SHANGHAI)
    maps = days.of(local.date())
    due = hour_slice(effective_expected(maps.expected, maps.exempt, maps.fault, maps.received), local.hour)
    good = (due & hour_slice(maps.valid, local.hour)).bit_count()
    return hour_valid(due.bit_count(), good, terms.of(local.date()).hour_share)


def _curve(
    name: str,
    rows: Rows,
    hours: dict[datetime, dict[str, float | None]],
    valid: dict[datetime, bool],
    frame: _Frame,
) -> FactorCurve:
    factor = BY_NAME[name]
    values: list[float | None] = [None] * MINUTES_SHOWN
    for row in rows:
        if 0 <= row[0] < MINUTES_SHOWN:
            values[row[0]] = row[2 + factor.index]
    means = []
    for ts, good in valid.items():
        mean = hours.get(ts, {}).get(name) if good else None
        over = name == "pm10" and mean is not None and pm10_stop(mean, _limit_at(name, ts, frame)[0])
        means.append(HourMean(ts, mean, good, over))
    return FactorCurve(name, factor.label, factor.unit, tuple(values), tuple(means), _limits(name, frame))


def _limits(name: str, frame: _Frame) -> tuple[LimitLine, ...]:
    """Limits in force hour by hour (限值), touching equal ones joined; the label names who decided it."""
    lines: list[LimitLine] = []
    for ts in _hour_starts(frame.starts, frame.ends) if name in ("pm10", "noise") else ():
        value, word, parameter = _limit_at(name, ts, frame)
        day, division = shanghai_day(ts), frame.settings.division
        row = frame.terms.policy.row_of(parameter, day, division)
        basis = frame.terms.policy.basis(parameter, day, division)
        ends = min(ts + ONE_HOUR, frame.ends)
        if lines and (lines[-1].value, lines[-1].basis) == (value, basis):
            lines[-1] = replace(lines[-1], ends=ends)
            continue
        area = "" if name == "noise" and row is None else f"（{_area(row)}）"
        lines.append(LimitLine(max(ts, frame.starts), ends, value, f"{word} {value:g}{area}", basis))
    return tuple(lines)


def _limit_at(name: str, ts: datetime, frame: _Frame) -> tuple[int, str, Parameter[int]]:
    day, division, get = shanghai_day(ts), frame.settings.division, frame.terms.policy.get
    if name == "pm10":
        return get(p.PM10_STOP, day, division), "小时均值限值", p.PM10_STOP
    limits = noise_limits(frame.terms, ts, division)
    night = is_night(ts.astimezone(SHANGHAI).time(), limits)
    return (limits.night, "夜", p.NOISE_NIGHT) if night else (limits.day, "昼", p.NOISE_DAY)


def _area(row: PolicyRow | None) -> str:
    """太原市, or 全省 without a row of a smaller division."""
    if row is None or row.division is None or row.division.endswith("0000"):
        return "全省"
    return str(Division.objects.values_list("name", flat=True).get(code=row.division))


def _tiles(rows: Rows) -> tuple[FactorTile, ...]:
    last = rows[-1] if rows else None
    tiles = []
    for factor in FACTORS:
        value = last[2 + factor.index] if last else None
        mark = MARK_LETTERS.get(Mark(mark_of(last[1], factor.name)), "") if last else ""
        note = compass(value) if factor.name == "wind_direction" and value is not None else ""
        tiles.append(FactorTile(factor.name, factor.label, factor.unit, factor.decimals, value, mark, note))
    return tuple(tiles)


def _rail(
    days: DeviceDays, starts: datetime, ends: datetime, now: datetime, terms: Terms
) -> tuple[StateRun, ...]:
    """Runs of the shown 24 h, cut at both edges."""
    found = []
    for day in sorted(days.maps):
        for run in state_runs(days.of(day), days.clock(day, terms), now):
            begin, end = max(run.starts, starts), min(run.ends, ends)
            if begin < end:
                minutes = int((end - begin) / timedelta(minutes=1))
                samples = -(-minutes // days.interval)
                found.append(StateRun(begin, end, run.state, minutes, samples, run.cause, run.cure_until))
    return tuple(joined(found))


def _bands(
    curves: tuple[FactorCurve, ...], rail: tuple[StateRun, ...], starts: datetime, ends: datetime
) -> tuple[Band, ...]:
    bands = []
    pm10 = next((curve for curve in curves if curve.factor == "pm10"), None)
    over = [mean.ts for mean in pm10.hours if mean.exceeded] if pm10 else []
    while over:
        n = next((n for n, ts in enumerate(over) if ts != over[0] + n * ONE_HOUR), len(over))
        begin, end = max(over[0], starts), min(over[0] + n * ONE_HOUR, ends)
        bands.append(Band(begin, end, "exceeded", 60 * n, f"超标 {n} h"))
        over = over[n:]
    words = {SlotState.BACK_FILLED: ("back_filled", "补传"), SlotState.PENDING: ("pending", "未到")}
    for run in rail:
        if run.state in words and run.minutes >= BAND_LEAST:
            kind, word = words[run.state]
            bands.append(Band(run.starts, run.ends, kind, run.minutes, f"{word} {run.minutes} min"))
    for storm in SandStorm.objects.filter(starts__lt=ends, ends__gt=starts):
        begin, end = max(storm.starts, starts), min(storm.ends, ends)
        bands.append(Band(begin, end, "sand_storm", int((end - begin) / timedelta(minutes=1)), "沙尘预警"))
    return tuple(sorted(bands, key=lambda band: band.starts))
