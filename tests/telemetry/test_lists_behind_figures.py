"""数背后的清单：逐日相加等于月结果，差额等于时段之和；限值认本市的决定；网关按名合并。"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from gongdi.kernel.models import PolicyValue
from gongdi.monitor.queries.curve import CurveSettings, day_curve
from gongdi.monitor.queries.month import month_counts
from gongdi.monitor.queries.month_days import LACKING, month_days
from gongdi.monitor.queries.quarantine import conflicts_page, refused_page
from gongdi.telemetry.models import Alarm, GatewayDevice
from gongdi.telemetry.queries.alarms import AlarmAsk, alarm_page
from gongdi.telemetry.queries.facts import heard_count, heard_since
from gongdi.telemetry.queries.gateways import gateway_lines
from gongdi.telemetry.queries.hours import hour_values
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import DAY, Store, at, minutes

NOW = at("2026-05-21 12:05")


def history(store: Store, terms: Terms, interval: int) -> int:
    """Two days with a late stretch, a gap and a stretch marked faulty."""
    device = store.device("A1", since=at("2026-05-20 00:00"), interval=interval)
    start = at("2026-05-20 00:00")
    store.flush(device, minutes(start, 600 // interval, interval=interval))
    late = minutes(
        start + timedelta(hours=10), 60 // interval, interval=interval, received=at("2026-05-20 15:00")
    )
    faulty = minutes(start + timedelta(hours=13), 60 // interval, interval=interval, marks=0x555555555)
    rest = minutes(start + timedelta(hours=14), 1200 // interval, interval=interval)
    store.flush(device, [*late, *faulty, *rest])
    fold(terms, NOW)
    return device


@pytest.mark.parametrize("interval", [1, 5])
def test_the_lists_add_up_to_the_card(store: Store, terms: Terms, interval: int) -> None:
    device = history(store, terms, interval)
    card, lists = month_counts(device, DAY, NOW), month_days(device, DAY, NOW)
    assert lists.until == card.until
    assert sum(day.due for day in lists.days) == card.expected > 0
    for name in LACKING:
        count = getattr(card, name)
        assert sum(getattr(day, name) for day in lists.days) == count.n
        assert sum(run.samples for run in lists.lacking[name]) == count.difference > 0
    counted = [day.credit for day in lists.days if day.credit is not None]
    assert sum(counted) == card.credit
    assert len(counted) == card.days_counted


def decide(key: str, division: str | None, value: int, basis: str) -> None:
    """One decided policy row."""
    PolicyValue.objects.create(
        key=key, division=division, value=value, valid_from=date(2026, 1, 1), basis=basis, decided_by="测试", created_at=NOW
    )  # fmt: skip


def test_the_limit_is_that_of_the_city_and_names_it(store: Store, terms: Terms) -> None:
    device = history(store, terms, 1)
    plain = day_curve(device, NOW, CurveSettings(division="140105")).curves[0].limits
    assert [line.label for line in plain] == ["小时均值限值 250（全省）"]
    decide("dust.pm10_stop_hourly", "140100", 200, "并政办发〔2026〕1 号")
    found = day_curve(device, NOW, CurveSettings(division="140105")).curves
    assert [(line.value, line.label) for line in found[0].limits] == [(200, "小时均值限值 200（太原市）")]
    assert found[0].limits[0].basis == "并政办发〔2026〕1 号"
    assert {line.label for line in found[2].limits} == {"昼 70", "夜 55"}
    elsewhere = day_curve(device, NOW, CurveSettings(division="140212")).curves[0].limits
    assert [line.value for line in elsewhere] == [250]


def test_gateways_of_one_name_are_one_line(store: Store) -> None:
    for name, minute_n in (("h:9001", range(0, 40)), ("h:9001", range(30, 55)), ("h:9002", range(0, 10))):
        ((number,),) = store.run(
            "INSERT INTO gateway_instance (name, started_at, last_seen) VALUES (%s, %s, %s) RETURNING id",
            [name, NOW, NOW],
        )
        for n in minute_n:
            moment = NOW - timedelta(minutes=n)
            store.run(
                "INSERT INTO canary (gateway_id, minute, committed_at) VALUES (%s, %s, %s)",
                [number, moment, moment],
            )
    lines = gateway_lines(NOW)
    assert [(line.name, line.n, line.starts) for line in lines] == [("h:9001", 55, 2), ("h:9002", 10, 1)]
    assert lines[0].last == NOW


def devices(ids: Sequence[int]) -> QuerySet[Any]:
    """A query of gateway ids."""
    return GatewayDevice.objects.filter(id__in=ids).values("id")


def test_alarms_refusals_and_conflicts_of_a_scope(store: Store) -> None:
    own, other = store.device("A1"), store.device("A2")
    for device, hour, kind, state in ((own, 9, "pm10", "raised"), (own, 8, "noise_day", "listed"), (own, 7, "pm10", "cleared"), (other, 9, "pm10", "raised")):  # fmt: skip
        Alarm.objects.create(device_id=device, hour=NOW.replace(hour=hour, minute=0), kind=kind, value=300, limit=250, basis="依据", state=state, raised_at=NOW)  # fmt: skip
    ask = AlarmAsk(NOW - timedelta(days=1), NOW, ("pm10",))
    counts, found = alarm_page(devices([own]), ask, slice(0, 10))
    assert counts == {("pm10", "raised"): 1, ("noise_day", "listed"): 1}
    assert [(line.device_id, line.kind) for line in found] == [(own, "pm10")]
    senders: tuple[tuple[int | None, str], ...] = (
        (own, "wrong_crc"), (own, "wrong_crc"), (own, "time"), (None, "not_hj212"), (other, "time"),
    )  # fmt: skip
    for sender, reason in senders:
        store.run(
            "INSERT INTO quarantine (recv_at, device_id, peer, reason, data) VALUES (%s, %s, 'p', %s, 'x')", [NOW, sender, reason]
        )  # fmt: skip
    page = refused_page(devices([own]), NOW - timedelta(days=1), "wrong_crc", slice(0, 1))
    assert ([(one.reason, one.n) for one in page.counts], page.total, len(page.rows)) == (
        [("wrong_crc", 2), ("time", 1)],
        2,
        1,
    )
    assert refused_page(None, NOW - timedelta(days=1), "", slice(0, 9)).total == 5
    store.flush(own, minutes(at("2026-05-20 08:00"), 1), delta=False)
    store.run(
        "INSERT INTO obs_conflict (device_id, ts, cn, recv_at, peer, payload, raw) VALUES (%s, %s, 2051, %s, 'p', '{\"values\": [1]}', 'x')",
        [own, at("2026-05-20 08:00"), NOW],
    )
    total, views = conflicts_page(own, NOW - timedelta(days=1), slice(0, 5))
    assert (total, views[0].kept["pm10_avg"], views[0].came) == (1, 100.0, {"values": [1]})


def test_heard_devices_and_hours(store: Store) -> None:
    own, other = store.device("A1"), store.device("A2")
    for device, ago in ((own, 3), (other, 30)):
        store.run(
            "INSERT INTO device_last (device_id, heard_at, peer) VALUES (%s, %s, 'p')",
            [device, NOW - timedelta(minutes=ago)],
        )
    since = NOW - timedelta(minutes=10)
    assert heard_count(devices([own, other]), since) == 1
    assert [row["device_id"] for row in heard_since(since)] == [own]
    store.run(
        "INSERT INTO obs_hour (device_id, ts, updated_at, n, valid_n, pm10_avg) VALUES (%s, %s, %s, 60, 60, 120)",
        [own, at("2026-05-21 08:00"), NOW],
    )
    assert hour_values([own, other], NOW - timedelta(hours=6), NOW) == {
        own: [(at("2026-05-21 08:00"), 120.0, None)]
    }
