"""设备厂商工作台：自家设备有声无声、还能补的缺口、隔离的报文，到几点截止。"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from gongdi.boards.workbench import alarm_card
from gongdi.boards.workbench.inventory import in_service
from gongdi.equipment import queries as equipment
from gongdi.kernel.scope import Scope
from gongdi.orgs import queries as orgs
from gongdi.returns.open_gaps import open_gaps
from gongdi.telemetry.queries import facts
from gongdi.telemetry.terms import load_terms

SHOWN, READ = 30, 2000


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device with something to see to."""

    ref: UUID
    name: str
    project: str
    mn: str
    silent: bool
    heard_at: datetime | None
    samples: int
    first: datetime | None
    until: datetime | None
    href: str


def board(scope: Scope, now: datetime) -> dict[str, Any]:
    """Own devices that are silent or lack samples, the nearest deadline first (6 queries)."""
    rows = list(in_service(scope).select_related("project").order_by("project__number", "name", "id")[:READ])
    known = [equipment.facts(row) for row in rows]
    lines = facts.device_lines([one.gateway_id for one in known])
    gaps = open_gaps({one.gateway_id: one.interval_min for one in known}, load_terms(), now)
    found = []
    for row, one in zip(rows, known, strict=True):
        line, gap = lines.get(one.gateway_id), gaps.get(one.gateway_id)
        heard = line.heard_at if line else None
        silent = heard is None or now - heard > facts.SILENT_AFTER
        if silent or gap:
            first = gap.first if gap else None
            found.append(DeviceRow(one.ref, one.name, row.project.name, one.mn, silent, heard, gap.samples if gap else 0, first, gap.cure_until if gap else None, reverse("device", args=[one.ref])))  # fmt: skip
    found.sort(key=lambda one: (one.until or now.replace(year=now.year + 9), one.mn))
    silent_n = sum(one.silent for one in found)
    return {
        "now": now,
        "board_title": "厂商工作台",
        "covers": orgs.subject_name(scope),
        "board_links": (("全部设备", "wind", reverse("devices")),),
        "total": len(rows),
        "silent": silent_n,
        "heard": len(rows) - silent_n,
        "gapped": sum(bool(one.samples) for one in found),
        "samples": sum(one.samples for one in found),
        "lines": found[:SHOWN],
        "more": max(0, len(found) - SHOWN),
        "alarms": alarm_card.card(scope, now),
    }
