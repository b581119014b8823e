"""汇总者：样本按到达时间和标记并入当日位图。"""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.telemetry.models import CoverageDay, DirtyDay, DirtyHour
from gongdi.telemetry.rules import minutes as maps
from gongdi.telemetry.rules.states import Arrival, arrival
from gongdi.telemetry.rules.validity import sample_valid
from gongdi.telemetry.services.fold_coverage import fold, judge, micros
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import ALL_NORMAL, DAY, Sample, Store, at, minutes

FAULTY = 0x555555555
TABLE = list(
    csv.DictReader((Path(__file__).parent / "data" / "arrival.csv").read_text(encoding="utf-8").splitlines())
)


def bits(span: str) -> int:
    """Map of `08:15-08:16`, empty text = no bit."""
    if not span:
        return 0
    begin, end = (int(part[:2]) * 60 + int(part[3:]) for part in span.split("-"))
    return maps.window(begin, end)


def row_of(device: int, day: date = DAY) -> CoverageDay:
    return CoverageDay.objects.get(stream=1, subject_id=device, day=day)


@pytest.mark.clause("379-2.2.3")
@pytest.mark.parametrize("case", TABLE, ids=[row["reason"] for row in TABLE])
def test_a_sample_sets_the_bits_of_its_arrival(store: Store, terms: Terms, case: dict[str, str]) -> None:
    device = store.device(interval=int(case["interval"]))
    sample = Sample(
        ts=at(case["data_time"]),
        received=at(case["received"]),
        interval=int(case["interval"]),
        marks=ALL_NORMAL if case["valid_marks"] == "yes" else FAULTY,
    )
    store.flush(device, [sample], rows=False)
    folded = fold(terms, at("2026-06-12 00:00"))
    assert folded.samples == 1
    found = CoverageDay.objects.filter(stream=1, subject_id=device).first()
    texts = [found.received, found.on_time, found.valid] if found else [maps.to_text(0)] * 3
    wanted = [bits(case["received_bits"]), bits(case["on_time_bits"]), bits(case["valid_bits"])]
    assert [maps.from_text(text) for text in texts] == wanted
    assert fold(terms, at("2026-06-12 00:00")).idle


def test_a_full_hour_counts_and_a_resend_changes_nothing(store: Store, terms: Terms) -> None:
    device = store.device()
    hour = minutes(at("2026-05-20 08:00"), 45)
    store.flush(device, hour, rows=False)
    store.flush(device, hour[:10], rows=False)
    fold(terms, at("2026-05-20 10:00"))
    row = row_of(device)
    assert (row.expected_hours, row.valid_hours) == (24, 1)
    assert row.received.count("1") == 45
    store.flush(device, hour, rows=False)
    fold(terms, at("2026-05-20 10:00"))
    assert row_of(device).received == row.received


def test_44_of_60_is_not_valid(store: Store, terms: Terms) -> None:
    device = store.device()
    store.flush(device, minutes(at("2026-05-20 08:00"), 44), rows=False)
    fold(terms, at("2026-05-20 10:00"))
    assert row_of(device).valid_hours == 0


def test_an_interval_change_in_the_hour_is_judged_on_bits(store: Store, terms: Terms) -> None:
    device = store.device()
    store.flush(device, minutes(at("2026-05-20 08:00"), 30), rows=False)
    store.flush(device, minutes(at("2026-05-20 08:30"), 3, interval=5), rows=False)
    fold(terms, at("2026-05-20 10:00"))
    assert row_of(device).valid_hours == 1


def test_midnight_splits_days(store: Store, terms: Terms) -> None:
    device = store.device()
    store.flush(device, minutes(at("2026-05-20 23:30"), 60), rows=False)
    fold(terms, at("2026-05-21 00:40"))
    assert row_of(device).received.count("1") == 30
    assert row_of(device, DAY + timedelta(days=1)).received.count("1") == 30


def test_closed_hours_and_days_are_marked_for_their_roll_ups(store: Store, terms: Terms) -> None:
    device = store.device()
    store.flush(device, minutes(at("2026-05-20 23:50"), 20), rows=False)
    fold(terms, at("2026-05-21 00:15"))
    assert list(DirtyHour.objects.values_list("device_id", "ts")) == [(device, at("2026-05-20 23:00"))]
    assert list(DirtyDay.objects.values_list("device_id", "day")) == [(device, DAY)]


def test_a_device_in_service_from_noon_owes_twelve_hours(store: Store, terms: Terms) -> None:
    device = store.device(since=at("2026-05-20 12:00"))
    store.flush(device, minutes(at("2026-05-20 11:30"), 60), rows=False)
    fold(terms, at("2026-05-20 13:00"))
    row = row_of(device)
    assert row.expected_hours == 12
    assert row.expected == "0" * 720 + "1" * 720


def test_a_test_device_owes_nothing(store: Store, terms: Terms) -> None:
    device = store.device(test=True)
    store.flush(device, minutes(at("2026-05-20 08:00"), 60), rows=False)
    fold(terms, at("2026-05-20 13:00"))
    assert (row_of(device).expected_hours, row_of(device).valid_hours) == (0, 0)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    minute=st.integers(0, 1439),
    interval=st.sampled_from(maps.INTERVALS),
    delay=st.one_of(st.integers(-120, 1200), st.integers(0, 14 * 86400)),
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    marks=st.integers(0, 2**36 - 1),
)
def test_judging_on_integers_equals_the_rules(
    minute: int, interval: int, delay: int, day: date, marks: int
) -> None:
    terms = Terms()
    held = terms.of(day)
    clock = held.clock(interval)
    ts = held.start + timedelta(minutes=minute)
    received = clock.slot_end(minute) + timedelta(seconds=delay)
    judged = judge([(1, micros(ts), micros(received), interval, marks)], terms)
    taken = arrival(clock, minute, received)
    assert bool(judged.devices) == (taken in (Arrival.ON_TIME, Arrival.BACK_FILLED))
    if judged.devices:
        assert judged.days == [day]
        run = maps.window(judged.firsts[0], judged.firsts[0] + interval)
        assert run == maps.period_bits(minute, interval)
        assert judged.on_time == [taken is Arrival.ON_TIME]
        assert judged.valid == [sample_valid(marks, held.groups)]
