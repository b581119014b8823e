"""批准的免传写成时段：停工等由楼上交下来，同一件事只有一个时段，改了就改应传。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from gongdi.equipment.queries import devices_of_projects
from gongdi.kernel.clock import shanghai_day
from gongdi.telemetry.models import Exemption, PlatformFault
from gongdi.telemetry.services.masks import refresh_masks
from gongdi.telemetry.services.waiting import mark_days
from gongdi.telemetry.terms import Terms


@dataclass(frozen=True, slots=True)
class Approved:
    """An approved exemption (批准的免传) of a whole project over [starts, ends)."""

    project_id: int
    code: str
    starts: datetime
    ends: datetime
    reason: str
    applied_by: str
    applied_at: datetime
    approver: str
    decided_at: datetime


def put_approved(found: Iterable[Approved], terms: Terms, now: datetime) -> int:
    """Make the exempt spans those approved; spans that were new or changed. Doing it twice changes nothing.

    One span per (project, code, start); a resumption shortens it. Days of a locked month stay as they are.
    """
    changed = 0
    for one in found:
        with transaction.atomic():
            held = Exemption.objects.select_for_update().filter(
                project_id=one.project_id, device_id=None, code=one.code, starts=one.starts
            ).first()  # fmt: skip
            if held is not None and (held.ends, held.approver) == (one.ends, one.approver):
                continue
            last = max(one.ends, held.ends) if held is not None else one.ends
            if held is None:
                _create(one)
            else:
                held.ends, held.approver, held.decided_at = one.ends, one.approver, one.decided_at
                held.save(update_fields=["ends", "approver", "decided_at"])
            _recount(one.project_id, one.starts, last, terms, now)
        changed += 1
    return changed


def excusing(project_ids: Iterable[int]) -> dict[int, list[tuple[str, datetime, datetime]]]:
    """Approved spans by project as (code, starts, ends); platform faults of the whole platform under key 0."""
    spans: dict[int, list[tuple[str, datetime, datetime]]] = {
        0: [("X6", fault.starts, fault.ends) for fault in PlatformFault.objects.filter(gateway_id=None)]
    }
    rows = Exemption.objects.filter(
        project_id__in=list(project_ids), device_id=None, status=Exemption.Status.APPROVED
    )
    for row in rows:
        spans.setdefault(row.project_id, []).append((row.code, row.starts, row.ends))
    return spans


def _create(one: Approved) -> None:
    Exemption.objects.create(
        project_id=one.project_id,
        code=one.code,
        starts=one.starts,
        ends=one.ends,
        status=Exemption.Status.APPROVED,
        reason=one.reason[:300],
        applied_by=one.applied_by,
        applied_at=one.applied_at,
        approver=one.approver,
        decided_at=one.decided_at,
    )


def _recount(project_id: int, starts: datetime, ends: datetime, terms: Terms, now: datetime) -> None:
    """Correct the maps of the touched days that are open already, up to tomorrow."""
    day, last = shanghai_day(starts), min(shanghai_day(ends), shanghai_day(now) + timedelta(days=1))
    devices = [device.gateway_id for device in devices_of_projects([project_id]).get(project_id, [])]
    pairs = []
    while day <= last:
        pairs += [(device, day) for device in devices]
        day += timedelta(days=1)
    mark_days(refresh_masks(pairs, terms, now), shanghai_day(now))
