"""应传与免传位图：启用时段按周期取整，批准的免传沾到的分钟都免。"""

from datetime import date, datetime

import pytest
from django.db import IntegrityError

from gongdi.telemetry.models import CoverageDay, Exemption
from gongdi.telemetry.rules.minutes import from_text, window
from gongdi.telemetry.services.masks import open_days, refresh_masks
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import DAY, Store, at

NOW = at("2026-05-20 10:00")


def row_of(device: int, day: date = DAY) -> CoverageDay:
    return CoverageDay.objects.get(stream=1, subject_id=device, day=day)


def exempt(device: int, starts: datetime, ends: datetime, status: str = "approved") -> Exemption:
    return Exemption.objects.create(
        project_id=1,
        device_id=device,
        code="X5",
        starts=starts,
        ends=ends,
        status=status,
        reason="区域停电",
        applied_by="项目部",
        applied_at=NOW,
        approver="小店区住建局" if status == "approved" else "",
        decided_at=NOW if status == "approved" else None,
    )


def test_service_begins_with_the_first_whole_period(store: Store, terms: Terms) -> None:
    device = store.device(since=at("2026-05-20 08:12:30"), until=at("2026-05-20 20:03"), interval=5)
    refresh_masks([(device, DAY)], terms, NOW)
    assert from_text(row_of(device).expected) == window(8 * 60 + 15, 20 * 60)


def test_an_approved_interval_takes_every_minute_it_touches(store: Store, terms: Terms) -> None:
    device = store.device()
    exempt(device, at("2026-05-20 09:47:20"), at("2026-05-20 14:23:10"))
    refresh_masks([(device, DAY)], terms, NOW)
    row = row_of(device)
    assert from_text(row.exempt) == window(9 * 60 + 47, 14 * 60 + 24)
    assert row.expected_hours == 20


@pytest.mark.parametrize("status", ["applied", "refused", "withdrawn"])
def test_what_is_not_approved_exempts_nothing(store: Store, terms: Terms, status: str) -> None:
    device = store.device()
    exempt(device, at("2026-05-20 09:00"), at("2026-05-20 12:00"), status)
    refresh_masks([(device, DAY)], terms, NOW)
    assert row_of(device).expected_hours == 24


def test_a_withdrawn_approval_gives_the_hours_back(store: Store, terms: Terms) -> None:
    device = store.device()
    held = exempt(device, at("2026-05-20 00:00"), at("2026-05-21 00:00"))
    refresh_masks([(device, DAY)], terms, NOW)
    assert row_of(device).expected_hours == 0
    Exemption.objects.filter(id=held.id).update(status="withdrawn")
    assert refresh_masks([(device, DAY)], terms, NOW) == [(device, DAY)]
    assert refresh_masks([(device, DAY)], terms, NOW) == []
    assert row_of(device).expected_hours == 24


def test_a_locked_month_stays_as_it_is(store: Store, terms: Terms) -> None:
    device = store.device()
    refresh_masks([(device, DAY)], terms, NOW)
    exempt(device, at("2026-05-20 00:00"), at("2026-05-21 00:00"))
    assert refresh_masks([(device, DAY)], terms, at("2026-06-11 00:00")) == []
    assert row_of(device).expected_hours == 24


def test_days_are_opened_ahead_for_devices_in_service(store: Store, terms: Terms) -> None:
    device = store.device(since=at("2026-05-20 00:00"))
    store.device("OLD", until=at("2026-05-10 00:00"))
    open_days(terms, NOW)
    assert list(CoverageDay.objects.values_list("subject_id", "day", "expected_hours")) == [
        (device, DAY, 24),
        (device, date(2026, 5, 21), 24),
    ]


def test_an_approval_without_approver_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError):
        Exemption.objects.create(
            project_id=1,
            code="X1",
            starts=NOW,
            ends=at("2026-05-21 00:00"),
            status="approved",
            reason="停工",
            applied_by="项目部",
            applied_at=NOW,
        )
