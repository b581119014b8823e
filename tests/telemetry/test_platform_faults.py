"""平台故障：探针的缺口成为时段，时段免除当时连在该网关上的设备。"""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from gongdi.telemetry.models import CoverageDay, PlatformFault
from gongdi.telemetry.rules.minutes import from_text, to_text, window
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.masks import refresh_masks
from gongdi.telemetry.services.platform_faults import fault_windows, gaps, note_platform_faults
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import DAY, Store, at, minutes

PATH = Path(__file__).parent / "data" / "fault_windows.csv"
TABLE = list(csv.DictReader(PATH.read_text(encoding="utf-8").splitlines()))
DAYS = timedelta(days=3)


def probes_of(text: str) -> dict[str, set[int]]:
    """`a:0-3 6-9;b:0-9`."""
    found: dict[str, set[int]] = {}
    for part in text.split(";"):
        name, _, runs = part.partition(":")
        for run in runs.split():
            begin, end = map(int, run.split("-"))
            found.setdefault(name, set()).update(range(begin, end + 1))
    return found


@pytest.mark.parametrize("case", TABLE, ids=[row["reason"] for row in TABLE])
def test_gaps_become_windows(case: dict[str, str]) -> None:
    stopped = {name: int(at_) for name, _, at_ in [part.partition(":") for part in case["stopped"].split()]}
    found = fault_windows(probes_of(case["probes"]), int(case["first"]), int(case["last"]), stopped)
    assert ";".join(f"{w.gateway or '*'}:{w.starts}-{w.ends}" for w in found) == case["windows"]


def test_gaps_of_nothing_are_everything() -> None:
    assert gaps([], 3, 7) == [(3, 7)]


def instance(store: Store, name: str, start: str = "2026-05-20 00:00") -> int:
    rows = store.run(
        "INSERT INTO gateway_instance (name, started_at, last_seen) VALUES (%s, %s, %s) RETURNING id",
        [name, at(start), at(start)],
    )
    return int(rows[0][0])


def probe(store: Store, gateway: int, begin: str, end: str) -> None:
    store.run(
        "INSERT INTO canary (gateway_id, minute)"
        " SELECT %s, m FROM generate_series(%s::timestamptz, %s::timestamptz - interval '1 minute', '1 minute') AS m",
        [gateway, at(begin), at(end)],
    )


def fault_of(device: int) -> int:
    return from_text(CoverageDay.objects.get(stream=1, subject_id=device, day=DAY).fault)


def test_an_outage_excuses_only_what_did_not_come(store: Store, terms: Terms) -> None:
    device, gateway = store.device(since=at("2026-05-20 00:00")), instance(store, "dust")
    probe(store, gateway, "2026-05-20 00:00", "2026-05-20 10:00")
    probe(store, gateway, "2026-05-20 12:00", "2026-05-20 14:10")
    store.flush(device, minutes(at("2026-05-20 10:00"), 30, received=at("2026-05-20 12:30")), rows=False)
    now = at("2026-05-20 14:10")
    fold(terms, now)
    changed = note_platform_faults(terms, now, DAYS)
    assert [(f.starts, f.ends) for f in changed] == [(at("2026-05-20 10:00"), at("2026-05-20 12:00"))]
    assert fault_of(device) == window(599, 720)
    row = CoverageDay.objects.get(stream=1, subject_id=device, day=DAY)
    assert row.expected_hours == 23
    assert note_platform_faults(terms, now, DAYS) == []


def test_an_open_outage_grows_and_stays_one_window(store: Store, terms: Terms) -> None:
    device, gateway = store.device(since=at("2026-05-20 00:00")), instance(store, "dust")
    probe(store, gateway, "2026-05-20 00:00", "2026-05-20 10:00")
    refresh_masks([(device, DAY)], terms, at("2026-05-20 10:00"))
    note_platform_faults(terms, at("2026-05-20 10:10"), DAYS)
    note_platform_faults(terms, at("2026-05-20 11:02"), DAYS)
    assert list(PlatformFault.objects.values_list("starts", "ends")) == [
        (at("2026-05-20 10:00"), at("2026-05-20 11:00"))
    ]
    assert fault_of(device) == window(599, 660)


def test_an_outage_longer_than_the_look_back_is_one_whole_window(store: Store, terms: Terms) -> None:
    device, gateway = store.device(since=at("2026-05-20 00:00")), instance(store, "dust")
    probe(store, gateway, "2026-05-20 00:00", "2026-05-20 08:00")
    refresh_masks([(device, DAY)], terms, at("2026-05-20 08:00"))
    for n in range(11):
        note_platform_faults(terms, at("2026-05-20 08:10") + n * timedelta(minutes=30), timedelta(hours=2))
    probe(store, gateway, "2026-05-20 13:20", "2026-05-20 13:40")
    note_platform_faults(terms, at("2026-05-20 13:40"), timedelta(hours=2))
    assert list(PlatformFault.objects.values_list("starts", "ends")) == [
        (at("2026-05-20 08:00"), at("2026-05-20 13:20"))
    ]
    assert fault_of(device) == window(479, 800)


def test_one_gateway_excuses_only_its_own_devices(store: Store, terms: Terms) -> None:
    north, south = instance(store, "north"), instance(store, "south")
    mine, other = store.device("N1"), store.device("S1")
    for device, gateway in ((mine, north), (other, south)):
        store.run(
            "INSERT INTO connection_log (opened_at, gateway_id, seq, device_id, peer) VALUES (%s, %s, 1, %s, 'p')",
            [at("2026-05-20 00:01"), gateway, device],
        )
    probe(store, north, "2026-05-20 00:00", "2026-05-20 10:00")
    probe(store, north, "2026-05-20 11:00", "2026-05-20 12:00")
    probe(store, south, "2026-05-20 00:00", "2026-05-20 12:00")
    note_platform_faults(terms, at("2026-05-20 12:00"), DAYS)
    refresh_masks([(mine, DAY), (other, DAY)], terms, at("2026-05-20 12:00"))
    assert (fault_of(mine), fault_of(other)) == (window(599, 660), 0)


def test_time_before_the_first_start_is_the_platforms(store: Store, terms: Terms) -> None:
    device = store.device(since=at("2026-05-20 00:00"))
    probe(store, instance(store, "dust", "2026-05-20 06:00"), "2026-05-20 06:00", "2026-05-20 07:00")
    note_platform_faults(terms, at("2026-05-20 07:00"), DAYS)
    row = CoverageDay.objects.get(stream=1, subject_id=device, day=DAY)
    assert row.expected_hours == 18
    assert to_text(from_text(row.fault))[:360] == "1" * 360
