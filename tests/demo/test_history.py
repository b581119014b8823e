"""演示历史由真实序列得出：缺口保留，情节出现，两次生成逐字节相同。"""

from dataclasses import replace
from datetime import date

import pytest

from gongdi.cli.demo.history import BACKFILLED, FAULT_MARKS, Frame, History, make_history
from gongdi.cli.demo.series import BINS_PER_DAY, DAYS, Bin, Series, load_series
from gongdi.cli.demo.stories import PLATFORM_FAULT, DevicePlan, apply_story, at
from gongdi.ingest.blocks import BlockRow, decode
from gongdi.ingest.rows import MICROS_PER_MINUTE, from_micros, to_micros
from gongdi.kernel.clock import day_start

FIRST = date(2026, 10, 11)
FRAME = Frame(FIRST, to_micros(day_start(FIRST)))
UNTIL = at(0, 10, 5)


@pytest.fixture(scope="module")
def series() -> Series:
    return load_series()


@pytest.fixture(scope="module")
def bins(series: Series) -> list[Bin | None]:
    return series.bins("5331")


def plan(**changes: object) -> DevicePlan:
    plain = DevicePlan(7, 5, "5331", 3, 15.0, 7, 800.0, UNTIL)
    return replace(plain, **changes)  # type: ignore[arg-type]


def rows(history: History) -> dict[int, BlockRow]:
    """Block rows by minute of the history."""
    return {
        (row.ts - FRAME.first_micros) // MICROS_PER_MINUTE: row
        for block in history.blocks
        for row in decode(block.payload)
    }


def test_real_gaps_stay_gaps(series: Series) -> None:
    gappy = series.bins("22879")
    missing = {n for n in range(15 * BINS_PER_DAY, 17 * BINS_PER_DAY) if gappy[n] is None}
    assert len(missing) > 500, "真实序列里有两天多的缺口"
    history = make_history(plan(sensor="22879", rotate=0), gappy, FRAME)
    assert not {n * 5 for n in missing} & set(rows(history))


def test_the_real_peaks_stay_where_they_were(bins: list[Bin | None]) -> None:
    found = rows(make_history(plan(rotate=0), bins, FRAME))
    real = {n * 5: b.pm10 for n, b in enumerate(bins) if b is not None and n * 5 in found}
    top = max(real, key=lambda minute: real[minute])
    values = {minute: row.values[3] or 0.0 for minute, row in found.items()}
    assert values[top] == max(values.values())
    assert values[top] == pytest.approx(15.0 * real[top] ** 0.5, abs=0.06)


def test_generation_is_deterministic(bins: list[Bin | None]) -> None:
    first, second = (make_history(plan(), bins, FRAME) for _ in range(2))
    assert [b.sha256 for b in first.blocks] == [b.sha256 for b in second.blocks]
    assert (first.minutes, first.hours, first.maps) == (second.minutes, second.hours, second.maps)


def test_nothing_lies_in_the_future(bins: list[Bin | None]) -> None:
    history = make_history(plan(), bins, FRAME)
    minute, newest = history.recent[-1]
    assert minute + 5 <= UNTIL
    assert newest.recv_at <= FRAME.micros(UNTIL) + 10 * 1_000_000
    assert len(history.maps) == DAYS


def test_a_missing_half_day(bins: list[Bin | None]) -> None:
    found = rows(make_history(apply_story(plan(), "half", 1), bins, FRAME))
    gone = range(at(6, 6), at(6, 18, 30))
    assert not any(minute in found for minute in gone)
    assert at(6, 18, 30) in found


def test_back_filled_samples_arrive_late_and_are_marked(bins: list[Bin | None]) -> None:
    found = rows(make_history(apply_story(plan(), "backfill", 1), bins, FRAME))
    row = found[at(7, 3, 30)]
    assert row.recv_at - row.ts > 150 * MICROS_PER_MINUTE
    assert row.source == BACKFILLED


def test_platform_fault_is_back_filled_by_five_of_six(bins: list[Bin | None]) -> None:
    inside = range(PLATFORM_FAULT[0] + 5, PLATFORM_FAULT[1] - 5, 5)
    resent = rows(make_history(apply_story(plan(seed=7), "", 1), bins, FRAME))
    lost = rows(make_history(apply_story(plan(seed=12), "", 1), bins, FRAME))
    assert all(resent[minute].source == BACKFILLED for minute in inside if minute in resent)
    assert any(minute in resent for minute in inside)
    assert not any(minute in lost for minute in inside)


def test_a_broken_sensor_is_marked_d_and_does_not_count(bins: list[Bin | None]) -> None:
    history = make_history(apply_story(plan(), "faulty", 1), bins, FRAME)
    assert history.recent[-1][1].marks == FAULT_MARKS
    last = history.maps[-1].split("\t")
    assert "1" in last[2]
    assert "1" not in last[4]


def test_a_slow_clock_makes_samples_late(bins: list[Bin | None]) -> None:
    history = make_history(apply_story(plan(), "stubborn", 1), bins, FRAME)
    minute, sample = history.recent[-1]
    assert sample.recv_at - FRAME.micros(minute + 5) > 19 * MICROS_PER_MINUTE
    assert "1" not in history.maps[-1].split("\t")[3]


def test_exceedance_reaches_the_stop_value(bins: list[Bin | None]) -> None:
    history = make_history(apply_story(plan(), "exceed", 1), bins, FRAME)
    hours = {line.split("\t")[1]: float(line.split("\t")[5]) for line in history.hours}
    for minute in (at(3, 14), at(3, 15), at(1, 15), at(1, 16), at(1, 17)):
        assert hours[from_micros(FRAME.micros(minute)).isoformat()] >= 250


def test_one_minute_devices_hold_a_reading_for_five_minutes(series: Series) -> None:
    minutes = series.minutes("5331")
    history = make_history(plan(interval=1, until=at(40, 0)), minutes, FRAME)
    assert history.stored > 4 * 1440 * 0.95
    assert sum(period is None for period in minutes) > 0
