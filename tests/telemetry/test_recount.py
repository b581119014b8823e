"""复核：背着程序改一位、删一行，都要指名设备和分钟；正在收数时不误报。"""

from datetime import date

from django.db import connection, transaction

from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.recount import Difference, recount_day
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import DAY, Sample, Store, at, minutes

NOW = at("2026-05-22 10:00")


def differences(terms: Terms, day: date = DAY) -> list[Difference]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return list(recount_day(day, terms, NOW))


def filled(store: Store, terms: Terms) -> int:
    device = store.device("MN01")
    store.flush(device, minutes(at("2026-05-20 08:00"), 120))
    late = [
        Sample(at("2026-05-20 11:00"), received=at("2026-05-20 15:00")),
        Sample(at("2026-05-20 11:01"), received=at("2026-05-24 00:00")),
        Sample(at("2026-05-20 11:02"), marks=0x555555555),
    ]
    store.flush(device, late)
    fold(terms, NOW)
    return device


def test_what_went_through_the_folder_agrees(store: Store, terms: Terms) -> None:
    filled(store, terms)
    assert differences(terms) == []


def test_a_flipped_bit_is_named(store: Store, terms: Terms) -> None:
    filled(store, terms)
    store.run("UPDATE coverage_day SET received = set_bit(received, 905, 1)")
    found = differences(terms)
    assert [(d.subject, d.day, d.first, d.last) for d in found] == [("MN01", DAY, 905, 905)]
    assert str(found[0]) == "2026-05-20 15:05 设备 MN01 位图记为到达，原始数据没有"


def test_a_deleted_row_is_named(store: Store, terms: Terms) -> None:
    device = filled(store, terms)
    store.run("DELETE FROM obs_minute WHERE device_id = %s AND ts = %s", [device, at("2026-05-20 08:30")])
    assert [(d.subject, d.first, d.last) for d in differences(terms)] == [("MN01", 510, 510)]


def test_a_wrong_hour_count_is_named(store: Store, terms: Terms) -> None:
    filled(store, terms)
    store.run("UPDATE coverage_day SET valid_hours = 3")
    found = differences(terms)
    assert len(found) == 1
    assert "存 3/24，重算 2/24" in str(found[0])


def test_a_wrong_mask_is_named(store: Store, terms: Terms) -> None:
    filled(store, terms)
    store.run("UPDATE coverage_day SET expected = set_bit(expected, 0, 0)")
    assert [(d.first, d.last) for d in differences(terms)] == [(0, 0)]


def test_samples_that_wait_in_the_queue_are_no_difference(store: Store, terms: Terms) -> None:
    device = filled(store, terms)
    store.flush(device, minutes(at("2026-05-20 12:00"), 60))
    assert differences(terms) == []


def test_a_row_without_its_queue_entry_is_named(store: Store, terms: Terms) -> None:
    device = filled(store, terms)
    store.flush(device, minutes(at("2026-05-20 13:00"), 3), delta=False)
    assert [(d.first, d.last) for d in differences(terms)] == [(780, 782)]


def test_five_minute_samples_and_a_changed_interval_agree(store: Store, terms: Terms) -> None:
    device = store.device("MN05", interval=5)
    store.flush(device, minutes(at("2026-05-20 00:00"), 200, interval=5))
    store.flush(device, [Sample(at("2026-05-20 20:02"), interval=5)])
    store.flush(device, minutes(at("2026-05-20 21:00"), 30, interval=1))
    fold(terms, NOW)
    assert differences(terms) == []
