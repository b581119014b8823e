"""小时汇总只用有效样本；超标只对有效小时，补传的只列出，沙尘只作标记。"""

from datetime import UTC, datetime, timedelta

import pytest

from gongdi.telemetry.models import Alarm, DirtyHour, ObsHour, SandStorm
from gongdi.telemetry.queries.alarms import alarms_of_device
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.hours import close_hour, roll_hours
from gongdi.telemetry.services.raise_alarms import judge_hours
from gongdi.telemetry.services.upkeep import roll_and_judge
from gongdi.telemetry.terms import Terms
from tests.builders import make_device, make_project
from tests.telemetry.building import Sample, Store, at, minutes

SINCE = datetime(2026, 5, 1, tzinfo=UTC)
NOW = at("2026-05-20 12:00")


def device_on_site() -> int:
    return make_device(make_project(), now=SINCE).gateway_device_id


def put(store: Store, device: int, samples: list[Sample], terms: Terms) -> None:
    store.flush(device, samples)
    fold(terms, NOW)


def test_means_use_valid_samples_and_noise_is_energetic(store: Store, terms: Terms) -> None:
    device = store.device()
    good = minutes(at("2026-05-20 08:00"), 30, pm10=100, noise=60)
    loud = minutes(at("2026-05-20 08:30"), 20, pm10=200, noise=70)
    bad = minutes(at("2026-05-20 08:50"), 5, pm10=9000, noise=130, marks=0x555555555)
    put(store, device, good + loud + bad, terms)
    assert roll_hours(terms, NOW) == [(device, at("2026-05-20 08:00"))]
    row = ObsHour.objects.get()
    assert (row.n, row.valid_n) == (55, 50)
    assert row.pm10_avg == pytest.approx(140)
    assert row.noise_leq == pytest.approx(66.63, abs=0.01)
    assert (row.pm10_max, row.noise_max) == (200, 70)


def test_late_data_rolls_its_hour_again(store: Store, terms: Terms) -> None:
    device = store.device()
    put(store, device, minutes(at("2026-05-20 08:00"), 50), terms)
    roll_hours(terms, NOW)
    put(store, device, [Sample(at("2026-05-20 08:55"), received=NOW, pm10=600)], terms)
    assert DirtyHour.objects.count() == 1
    roll_hours(terms, NOW)
    assert ObsHour.objects.get().n == 51
    assert DirtyHour.objects.count() == 0


def test_closing_marks_each_reporting_device_once(store: Store, terms: Terms) -> None:
    device = store.device()
    store.flush(device, minutes(at("2026-05-20 11:00"), 60))
    fold(terms, at("2026-05-20 11:59:59"))
    assert DirtyHour.objects.count() == 0
    assert close_hour(at("2026-05-20 11:00")) == 1
    roll_hours(terms, at("2026-05-20 12:01"))
    assert close_hour(at("2026-05-20 11:00")) == 0


@pytest.mark.clause("379-2.2.1.b")
def test_a_valid_hour_at_the_limit_raises(store: Store, terms: Terms) -> None:
    device = device_on_site()
    put(store, device, minutes(at("2026-05-20 08:00"), 60, pm10=250, noise=70), terms)
    roll_and_judge(terms, NOW)
    found = alarms_of_device(device, at("2026-05-20 00:00"), NOW)
    assert [(a.kind, a.value, a.limit, a.live) for a in found] == [("pm10", 250, 250, True)]


def test_an_hour_below_or_not_valid_raises_nothing(store: Store, terms: Terms) -> None:
    device = device_on_site()
    put(store, device, minutes(at("2026-05-20 08:00"), 60, pm10=249.9), terms)
    put(store, device, minutes(at("2026-05-20 09:00"), 44, pm10=900), terms)
    roll_and_judge(terms, NOW)
    assert Alarm.objects.count() == 0


def test_a_back_filled_hour_is_listed_and_never_live(store: Store, terms: Terms) -> None:
    device = device_on_site()
    put(store, device, minutes(at("2026-05-20 08:00"), 60, pm10=300, received=at("2026-05-20 11:00")), terms)
    roll_and_judge(terms, NOW)
    assert [(a.state, a.live) for a in alarms_of_device(device, at("2026-05-20 00:00"), NOW)] == [
        ("listed", False)
    ]


def test_night_noise_has_its_own_limit(store: Store, terms: Terms) -> None:
    device = device_on_site()
    put(store, device, minutes(at("2026-05-20 05:00"), 60, noise=56), terms)
    put(store, device, minutes(at("2026-05-20 06:00"), 60, noise=56), terms)
    roll_and_judge(terms, NOW)
    assert list(Alarm.objects.values_list("kind", "limit")) == [("noise_night", 55)]


def test_a_sand_storm_only_marks(store: Store, terms: Terms) -> None:
    device = device_on_site()
    SandStorm.objects.create(
        division="140100", starts=at("2026-05-20 08:30"), ends=at("2026-05-20 09:00"), basis="沙尘黄色预警"
    )
    put(store, device, minutes(at("2026-05-20 08:00"), 120, pm10=600), terms)
    roll_and_judge(terms, NOW)
    assert [a.sand_storm for a in alarms_of_device(device, at("2026-05-20 00:00"), NOW)] == [False, True]


def test_a_corrected_hour_clears_its_alarm(store: Store, terms: Terms) -> None:
    device = device_on_site()
    put(store, device, minutes(at("2026-05-20 08:00"), 50, pm10=260), terms)
    roll_and_judge(terms, NOW)
    late = [Sample(at("2026-05-20 08:50") + timedelta(minutes=n), NOW, pm10=1) for n in range(10)]
    put(store, device, late, terms)
    roll_and_judge(terms, NOW)
    assert list(Alarm.objects.values_list("state", flat=True)) == ["cleared"]
    assert alarms_of_device(device, at("2026-05-20 00:00"), NOW) == ()


def test_nothing_to_judge_is_nothing(store: Store, terms: Terms) -> None:
    assert judge_hours([], terms, NOW) == []
