"""一台演示设备的历史：由真实序列生成样本、数据块、覆盖位图和小时汇总（纯计算，可在别的进程里跑）。"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from gongdi.cli.demo.series import DAYS, Bin
from gongdi.cli.demo.stories import DevicePlan, Span
from gongdi.cli.demo.weather import DayWeather, day_weather, float32, tenths
from gongdi.ingest.blocks import BlockRow, decode, encode
from gongdi.ingest.rows import COLUMNS, MICROS_PER_MINUTE, VALUE_COLUMNS, from_micros

HOT_DAYS = 4
"""Today and the three days before stay in the minute table; older days are blocks."""
ON_TIME_MINUTES = 10
MINUTE_COLUMNS = ", ".join(COLUMNS)
HOUR_COLUMNS = (
    "device_id, ts, updated_at, n, valid_n, pm10_avg, pm10_max, pm25_avg, tsp_avg, noise_leq, noise_max,"
    " temperature_avg, humidity_avg, wind_speed_avg"
)
MAP_COLUMNS = "device_id, day, received, on_time, valid"
PRESENCE_COLUMNS = "device_id, day, heard"
GOOD_MARKS = 0x111111111
FAULT_MARKS = 0x111111555
BACKFILLED = 1


class Sample(NamedTuple):
    """One stored period: first minute of the day, receive time in microseconds, marks, source, values."""

    minute: int
    recv_at: int
    marks: int
    source: int
    values: tuple[float | None, ...]

    @property
    def valid(self) -> bool:
        """Whether dust counts (有效)."""
        return self.marks == GOOD_MARKS


@dataclass(frozen=True, slots=True)
class Block:
    """Verified block of one device-day."""

    day: int
    n: int
    payload: bytes
    sha256: bytes


@dataclass(slots=True)
class History:
    """Everything of one device, as text of COPY where there are many rows.

    `minutes`, `hours`, `maps`, `presence` follow MINUTE_COLUMNS, HOUR_COLUMNS, MAP_COLUMNS and
    PRESENCE_COLUMNS; `recent` are the three newest samples of the hot days with their minute.
    """

    device_id: int
    blocks: list[Block] = field(default_factory=list)
    minutes: list[str] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    presence: list[str] = field(default_factory=list)
    recent: list[tuple[int, Sample]] = field(default_factory=list)
    stored: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """Calendar of the history: its first day, and 00:00 of that day in microseconds since 2000 UTC."""

    first_day: date
    first_micros: int

    def day_of_year(self, day: int) -> int:
        """1 to 366."""
        return self.date_of(day).timetuple().tm_yday

    def micros(self, minute: int) -> int:
        """Instant of a minute of the history."""
        return self.first_micros + minute * MICROS_PER_MINUTE

    def date_of(self, day: int) -> date:
        """Shanghai day of a number."""
        return self.first_day + timedelta(days=day)


def make_history(plan: DevicePlan, periods: list[Bin | None], frame: Frame) -> History:
    """All days of one device from its real periods (as long as 45 days of its interval)."""
    history = History(plan.device_id)
    for day in range(DAYS):
        samples = list(_samples(plan, periods, day, frame))
        if day * 1440 + 1440 > plan.since and day * 1440 < plan.until:
            _maps(history, plan, day, samples, frame)
        if not samples:
            continue
        history.stored += len(samples)
        history.hours += _hours(plan, day, samples, frame)
        if day < DAYS - HOT_DAYS:
            history.blocks.append(_block(plan, day, samples, frame))
        else:
            history.minutes += [_minute_line(plan, day, sample, frame) for sample in samples]
            history.recent = [*history.recent, *((day * 1440 + s.minute, s) for s in samples[-3:])][-3:]
    return history


def _samples(plan: DevicePlan, periods: list[Bin | None], day: int, frame: Frame) -> Iterator[Sample]:
    per_day = 1440 // plan.interval
    source = (day + plan.rotate) % DAYS * per_day
    slots = [
        number
        for number in range(per_day)
        if periods[source + number] is not None and _sent(plan, day * 1440 + number * plan.interval)
    ]
    if not slots:
        return
    weather = day_weather(plan.seed, frame.day_of_year(day), plan.interval, plan.altitude_m)
    rows = _values(plan, day, slots, [p for n in slots if (p := periods[source + n])], weather)
    for number, values in zip(slots, rows, strict=True):
        first = day * 1440 + number * plan.interval
        faulty = _inside(first, plan.faulty)
        recv_at = _received(plan, first, frame)
        late = recv_at > frame.micros(first + plan.interval + ON_TIME_MINUTES)
        resent = BACKFILLED if late and not plan.clock_slow_s else 0
        yield Sample(first - day * 1440, recv_at, FAULT_MARKS if faulty else GOOD_MARKS, resent, values)


def _sent(plan: DevicePlan, first: int) -> bool:
    """Whether the sample of the period reached the platform by now."""
    end = first + plan.interval
    if first < plan.since or end > plan.until or _inside(first, plan.gaps):
        return False
    return not plan.delays or end + _delay(plan, first) < plan.until


def _delay(plan: DevicePlan, first: int) -> int:
    """Minutes by which the sample of a period is late, 0 when it is sent at once."""
    late = 0
    for delay in plan.delays:
        begin, end = delay.span
        if begin <= first < end and delay.minutes > late:
            late = delay.minutes
    return late


def _received(plan: DevicePlan, first: int, frame: Frame) -> int:
    late = _delay(plan, first)
    wobble = (first * 7919 + plan.seed * 104729) % 1_800_000
    return frame.micros(first + plan.interval + late) + plan.lag_s * 1_000_000 + wobble


def _inside(minute: int, spans: tuple[Span, ...]) -> bool:
    return bool(spans) and any(first <= minute < last for first, last in spans)


def _values(
    plan: DevicePlan, day: int, slots: list[int], bins: list[Bin], weather: DayWeather
) -> list[tuple[float | None, ...]]:
    """Rows in the order of VALUE_COLUMNS; weather factors carry a mean only, as many devices send it."""
    lift = [_lift(plan, day * 1440 + number * plan.interval) for number in slots]
    gain, sqrt = plan.gain, math.sqrt
    pm10 = [up + gain * sqrt(b.pm10) for up, b in zip(lift, bins, strict=True)]
    low = [up + gain * sqrt(b.pm10_low) for up, b in zip(lift, bins, strict=True)]
    high = [up + gain * sqrt(b.pm10_high) for up, b in zip(lift, bins, strict=True)]
    share = [min(0.92, max(0.2, b.pm25 / b.pm10 if b.pm10 else 0.5)) for b in bins]
    columns: dict[str, list[float]] = {
        "tsp_avg": tenths([v * 1.45 for v in pm10]),
        "tsp_min": tenths([v * 1.45 for v in low]),
        "tsp_max": tenths([v * 1.45 for v in high]),
        "pm10_avg": tenths(pm10),
        "pm10_min": tenths(low),
        "pm10_max": tenths(high),
        "pm25_avg": tenths([v * s for v, s in zip(pm10, share, strict=True)]),
        "pm25_min": tenths([v * s for v, s in zip(low, share, strict=True)]),
        "pm25_max": tenths([v * s for v, s in zip(high, share, strict=True)]),
        "noise_avg": [weather.noise[n] for n in slots],
        "noise_min": [weather.noise_low[n] for n in slots],
        "noise_max": [weather.noise_high[n] for n in slots],
        "temperature_avg": [weather.temperature[n] for n in slots],
        "humidity_avg": [weather.humidity[n] for n in slots],
        "pressure_avg": [weather.pressure[n] for n in slots],
        "wind_speed_avg": [weather.wind_speed[n] for n in slots],
        "wind_direction_avg": [weather.wind_direction[n] for n in slots],
    }
    empty: list[float | None] = [None] * len(slots)
    stored = [float32(columns[name]) if name in columns else empty for name in VALUE_COLUMNS]
    return list(zip(*stored, strict=True))


def _lift(plan: DevicePlan, first: int) -> float:
    for boost in plan.boosts:
        if boost.span[0] <= first < boost.span[1]:
            return boost.lift
    return 0.0


def _block(plan: DevicePlan, day: int, samples: list[Sample], frame: Frame) -> Block:
    rows = [
        BlockRow(frame.micros(day * 1440 + s.minute), s.recv_at, s.marks, plan.interval, s.source, s.values)
        for s in samples
    ]
    payload = encode(rows)
    if decode(payload) != rows:
        raise ValueError(f"设备 {plan.device_id} 第 {day} 天的数据块与原样本不一致")
    return Block(day, len(rows), payload, hashlib.sha256(payload).digest())


def _maps(history: History, plan: DevicePlan, day: int, samples: list[Sample], frame: Frame) -> None:
    received, on_time, valid = bytearray(b"0" * 1440), bytearray(b"0" * 1440), bytearray(b"0" * 1440)
    ones = b"1" * plan.interval
    for sample in samples:
        minutes = slice(sample.minute, sample.minute + plan.interval)
        received[minutes] = ones
        end = frame.micros(day * 1440 + sample.minute + plan.interval)
        if sample.recv_at <= end + ON_TIME_MINUTES * MICROS_PER_MINUTE:
            on_time[minutes] = ones
        if sample.valid:
            valid[minutes] = ones
    head = f"{plan.device_id}\t{frame.date_of(day)}\t"
    heard = received.decode()
    history.maps.append(f"{head}{heard}\t{on_time.decode()}\t{valid.decode()}\n")
    history.presence.append(f"{head}{heard}\n")


def _minute_line(plan: DevicePlan, day: int, sample: Sample, frame: Frame) -> str:
    start = _instant(frame.micros(day * 1440 + sample.minute))
    head = f"{start}\t{_instant(sample.recv_at)}\t{sample.marks}\t{plan.device_id}\t{plan.interval}\t{sample.source}"
    values = "\t".join(["\\N" if value is None else f"{value:.6g}" for value in sample.values])
    return f"{head}\t{values}\n"


def _instant(micros: int) -> str:
    return from_micros(micros).isoformat()


def _hours(plan: DevicePlan, day: int, samples: list[Sample], frame: Frame) -> list[str]:
    grouped: dict[int, list[Sample]] = {}
    for sample in samples:
        grouped.setdefault(sample.minute // 60, []).append(sample)
    now = _instant(frame.micros(plan.until))
    lines = []
    for hour, of in grouped.items():
        if day * 24 + hour < plan.until // 60:
            start = _instant(frame.micros(day * 1440 + hour * 60))
            numbers = ["\\N" if value is None else f"{value:.7g}" for value in _rollup(of)]
            lines.append("\t".join([str(plan.device_id), start, now, *numbers]) + "\n")
    return lines


PLACE = {name: index for index, name in enumerate(VALUE_COLUMNS)}


def _rollup(samples: list[Sample]) -> list[float | None]:
    """Values of HOUR_COLUMNS from `n` on (小时汇总): valid samples only, noise as energetic mean."""
    good = [s.values for s in samples if s.valid]
    loud = _present("noise_avg", good)
    return [
        len(samples),
        len(good),
        _mean("pm10_avg", good),
        max(_present("pm10_max", good), default=None),
        _mean("pm25_avg", good),
        _mean("tsp_avg", good),
        10 * math.log10(sum(10 ** (v / 10) for v in loud) / len(loud)) if loud else None,
        max(_present("noise_max", good), default=None),
        _mean("temperature_avg", good),
        _mean("humidity_avg", good),
        _mean("wind_speed_avg", good),
    ]


def _present(name: str, rows: list[tuple[float | None, ...]]) -> list[float]:
    place = PLACE[name]
    return [value for row in rows if (value := row[place]) is not None]


def _mean(name: str, rows: list[tuple[float | None, ...]]) -> float | None:
    found = _present(name, rows)
    return sum(found) / len(found) if found else None
