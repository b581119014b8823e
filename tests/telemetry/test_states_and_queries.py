"""页面读数：六态与规则一致，条带、月计数、曲线、缺传解释从同一份位图来，查询数固定。"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongdi.monitor.queries.curve import CurveSettings, day_curve
from gongdi.monitor.queries.frames import explain_frame, last_frames
from gongdi.monitor.queries.month import month_counts
from gongdi.monitor.queries.quarantine import pending_devices, quarantine_of_device
from gongdi.monitor.queries.slot import explain_slot
from gongdi.monitor.queries.strip import hour_strip
from gongdi.telemetry.queries.facts import device_facts, device_lines
from gongdi.telemetry.queries.states import SlotState, ended, state_masks, state_runs
from gongdi.telemetry.rules.minutes import INTERVALS, DayMaps, minute_bit
from gongdi.telemetry.rules.states import minute_state
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.upkeep import roll_and_judge
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import DAY, Sample, Store, at, minutes
from tests.telemetry.test_sql_twin import day_map

NOW = at("2026-05-20 12:05")


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    maps=st.builds(DayMaps, *(day_map() for _ in range(6))),
    interval=st.sampled_from(INTERVALS),
    later=st.integers(0, 5 * 1440),
    probes=st.lists(st.integers(0, 1439), min_size=20, max_size=20),
)
def test_masks_of_states_equal_the_rule(maps: DayMaps, interval: int, later: int, probes: list[int]) -> None:
    held = Terms().of(DAY)
    clock, now = held.clock(interval), held.start + timedelta(minutes=later)
    masks = state_masks(maps, clock, now)
    over = ended(clock, now)
    for minute in probes:
        bit = minute_bit(minute)
        own = [state for state, mask in masks.items() if mask & bit]
        wanted = SlotState.of(minute_state(maps, minute, clock, now)) if over & bit else None
        assert own == ([] if wanted is None else [wanted])


def test_runs_cover_a_day_once(terms: Terms) -> None:
    maps = DayMaps(
        expected=(1 << 1440) - 1, received=minute_bit(7), on_time=minute_bit(7), valid=minute_bit(7)
    )
    runs = state_runs(maps, terms.of(DAY).clock(1), at("2026-06-20 00:00"))
    assert [(run.state, run.minutes) for run in runs] == [
        (SlotState.MISSING, 7),
        (SlotState.ON_TIME, 1),
        (SlotState.MISSING, 1432),
    ]


@pytest.fixture
def device(store: Store, terms: Terms) -> int:
    """Yield a device with a day: on time, back-filled, a gap, on time again until now."""
    found = store.device("MN01", since=at("2026-05-19 12:00"))
    store.flush(found, minutes(at("2026-05-20 00:00"), 8 * 60, pm10=100))
    store.flush(found, minutes(at("2026-05-20 08:00"), 60, received=at("2026-05-20 11:00"), pm10=300))
    store.flush(found, minutes(at("2026-05-20 09:00"), 20))
    store.flush(found, minutes(at("2026-05-20 10:00"), 125))
    fold(terms, NOW)
    roll_and_judge(terms, NOW)
    return found


def test_strip_shows_the_hours(device: int) -> None:
    strip = hour_strip(device, NOW, days=2)
    yesterday, today = strip.days
    assert [cell.state for cell in today.cells[7:13]] == [
        SlotState.ON_TIME,
        SlotState.BACK_FILLED,
        SlotState.PENDING,
        SlotState.ON_TIME,
        SlotState.ON_TIME,
        today.cells[12].state,
    ]
    assert (today.valid_hours, today.expected_hours, today.met) == (11, 12, None)
    assert today.cells[12].in_progress
    assert today.cells[13].state is None
    assert (yesterday.valid_hours, yesterday.expected_hours, yesterday.met) == (0, 0, None)
    assert strip.totals[SlotState.BACK_FILLED] == 1


def test_month_counts_until_the_last_closed_hour(device: int) -> None:
    found = month_counts(device, DAY, NOW)
    assert found.until == at("2026-05-20 12:00")
    assert (found.expected, found.on_time.n, found.received.n) == (720, 620, 680)
    assert (found.received.difference, found.received.percent) == (40, "94.44")
    assert [(run.starts, run.minutes) for run in found.pending] == [(at("2026-05-20 09:20"), 40)]
    assert found.credit is None
    later = month_counts(device, DAY, at("2026-05-25 00:30"))
    assert (later.days_counted, later.credit_text) == (1, "11/24")
    assert later.short_days[0].needed_hours == 20


def test_curve_draws_means_of_valid_hours_only(device: int) -> None:
    found = day_curve(device, NOW, CurveSettings())
    pm10 = found.curves[0]
    means = {mean.ts.hour: mean for mean in pm10.hours if mean.ts >= at("2026-05-20 00:00")}
    assert (means[8].value, means[8].exceeded) == (300, True)
    assert (means[9].value, means[9].valid) == (None, False)
    assert sum(value is not None for value in pm10.minutes) == 685
    assert [(band.kind, band.minutes) for band in found.bands] == [
        ("exceeded", 60),
        ("back_filled", 60),
        ("pending", 40),
    ]
    assert [run.state for run in found.rail] == [
        SlotState.ON_TIME,
        SlotState.BACK_FILLED,
        SlotState.ON_TIME,
        SlotState.PENDING,
        SlotState.ON_TIME,
    ]
    assert [tile.label for tile in found.tiles if tile.value is not None] == ["PM10", "噪声"]


def test_slot_says_what_is_missing_and_what_can_be_done(device: int) -> None:
    found = explain_slot(device, DAY, 9, NOW)
    assert found.state is SlotState.PENDING
    assert (found.valid_minutes, found.due_minutes, found.needed_minutes) == (20, 60, 45)
    assert (found.last_before, found.first_after) == (at("2026-05-20 09:19"), at("2026-05-20 10:00"))
    assert "20/60" in found.sentence
    refill = next(cure for cure in found.cures if cure.code == "backfill")
    assert (refill.until, refill.open) == (at("2026-05-23 10:00"), True)
    assert (found.effect.valid_hours, found.effect.expected_hours) == (11, 12)
    gone = explain_slot(device, DAY, 9, at("2026-05-23 10:00:01"))
    assert gone.state is SlotState.MISSING
    assert gone.decided_at == at("2026-05-23 10:00")
    assert "原因不明" in gone.sentence or "平台侧" in gone.sentence


def test_an_hour_before_service_owes_nothing(device: int) -> None:
    assert explain_slot(device, date(2026, 5, 19), 3, NOW).state is None


READS: dict[str, tuple[int, Callable[[int], Any]]] = {
    "facts": (1, lambda d: device_facts(d, NOW)),
    "lines": (1, lambda d: device_lines([d])),
    "curve": (6, lambda d: day_curve(d, NOW, CurveSettings())),
    "strip": (3, lambda d: hour_strip(d, NOW)),
    "month": (4, lambda d: month_counts(d, DAY, NOW)),
    "quarantine": (3, lambda d: quarantine_of_device(d, NOW)),
    "pending": (1, lambda d: pending_devices()),
    "slot": (7, lambda d: explain_slot(d, DAY, 9, NOW)),
}


@pytest.mark.parametrize("name", READS)
def test_number_of_queries_is_fixed(device: int, name: str) -> None:
    count, read = READS[name]
    with CaptureQueriesContext(connection) as captured:
        read(device)
    assert len(captured) == count


def test_a_device_never_heard_has_empty_facts(store: Store) -> None:
    found = device_facts(store.device("NEW"), NOW)
    assert found is not None
    assert (found.heard.at, found.valid.data_ts, found.skew.seconds) == (None, None, None)
    assert last_frames(found.device_id) == ()
    assert device_facts(10**6, NOW) is None


def test_a_frame_is_explained_byte_by_byte() -> None:
    raw = (
        b"##0136QN=20261122100504000;ST=39;CN=2051;PW=123456;MN=A1;Flag=5;CP=&&"
        b"DataTime=20261122100400;a34002-Avg=168.4,a34002-Flag=N;LA-Avg=63.2&&ABCD\r\n"
    )
    found = explain_frame(raw, NOW)
    assert "123456" not in found.text
    assert len(found.text) == len(raw)
    names = [field.name for field in found.header]
    assert names == ["QN", "ST", "CN", "PW", "MN", "Flag", "DataTime"]
    for field in (*found.header, *found.factors):
        assert found.text[field.start : field.end] == f"{field.name}={field.value}"
    assert [(field.label, field.value) for field in found.factors if field.note == "均值"] == [
        ("PM10", "168.4"),
        ("噪声", "63.2"),
    ]
    assert (found.line.cn_label, found.line.crc_ok) == ("分钟数据", False)
    assert explain_frame(b"\x00\xffgarbage", NOW).line.cn is None


def test_sample_building_is_what_the_tests_think() -> None:
    assert Sample(at("2026-05-20 08:00"), interval=5).recv_at == at("2026-05-20 08:05:02")
