"""还差什么、谁来补、到几点：一个项目三路数据的缺口，按补救截止时间排序。"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from gongdi.equipment.queries import DeviceFacts
from gongdi.kernel import clock
from gongdi.kernel.clock import SHANGHAI
from gongdi.monitor.queries.month import MonthCounts, month_counts
from gongdi.projects.models import Project
from gongdi.telemetry.queries.states import StateRun

LISTED = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is lacking: state, what, details, who, until when, where it is explained."""

    state: str
    tone: str
    icon: str
    what: str
    below: str
    who: str
    firm: str
    until: datetime | None
    href: str


@dataclass(frozen=True, slots=True)
class DustGaps:
    """Gaps of the dust stream: rows, how many can still be filled, how many are lost, samples on time and filled."""

    rows: tuple[Gap, ...]
    fillable: int
    lost: int
    words: str


def dust_gaps(project: Project, devices: list[DeviceFacts], now: datetime) -> DustGaps:
    """Gaps of the month of every dust device in service (4 queries a device)."""
    firm = str(project.contractor or "未登记施工单位")
    rows: list[Gap] = []
    on_time = received = expected = 0
    for device in devices:
        counts = month_counts(device.gateway_id, clock.shanghai_day(now), now)
        on_time, received, expected = (
            on_time + counts.on_time.n,
            received + counts.received.n,
            expected + counts.received.total,
        )
        rows += _fillable(device, counts, firm)
        rows += _short_days(device, counts, firm)
    open_ = [row for row in rows if row.until is not None]
    shut = [row for row in rows if row.until is None]
    open_.sort(key=lambda row: row.until or now)
    words = (
        f"按时 {on_time:,} · 补传 {received - on_time:,} · 未到 {expected - received:,} 个样本"
        if expected
        else ""
    )
    return DustGaps(tuple([*open_, *shut][:LISTED]), len(open_), len(shut), words)


def _fillable(device: DeviceFacts, counts: MonthCounts, firm: str) -> list[Gap]:
    """One row a device for all that can still be filled; the first deadline counts."""
    runs = [run for run in counts.pending if run.cure_until is not None]
    if not runs:
        return []
    first = min(runs, key=lambda run: run.cure_until or run.ends)
    samples = sum(run.samples for run in runs)
    what = f"{device.name} 缺 {samples:,} 个样本"
    below = f"{_span(first)} 起 {len(runs)} 段，数据在设备内"
    return [Gap("可补传", "warn", "clock", what, below, "总包 · 设备维护", firm, first.cure_until, _slot(device.ref, first.starts))]  # fmt: skip


def _short_days(device: DeviceFacts, counts: MonthCounts, firm: str) -> list[Gap]:
    """Days below the hours needed that nothing can fill any more."""
    pending = {clock.shanghai_day(run.starts) for run in counts.pending}
    lost = {clock.shanghai_day(run.starts): run.starts for run in reversed(counts.missing)}
    return [
        Gap("缺传", "bad", "circle-x", f"{device.name} {day.day:%m-%d} 有效 {day.valid_hours}/{day.expected_hours} 小时", f"须 {day.needed_hours} 小时，补传期已过", "总包", firm, None, _slot(device.ref, lost[day.day]))
        for day in reversed(counts.short_days)
        if day.day not in pending and day.day in lost
    ]  # fmt: skip


def _span(run: StateRun) -> str:
    return f"{run.starts.astimezone(SHANGHAI):%m-%d %H:%M}"


def _slot(ref: UUID, starts: datetime) -> str:
    at = starts.astimezone(SHANGHAI)
    return reverse("slot", args=[ref, f"{at:%Y-%m-%d}", at.hour])
