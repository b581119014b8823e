"""项目轨迹：留痕的每个行为、接入的日子、设备的断线，新的在前。"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from gongdi.boards.projects import acts
from gongdi.equipment.queries import DeviceFacts
from gongdi.kernel import clock
from gongdi.kernel.evidence.record import project_history
from gongdi.kernel.scope import DataKind, Scope
from gongdi.monitor.queries.connections import connections_of_device
from gongdi.projects.models import Project
from gongdi.returns.queries import Access

SHOWN, DEVICES, LINKS, BACK = 10, 3, 2, timedelta(days=3)
PLANNED = frozenset({"platform_stopped", "superseded"})
"""A link that the platform itself closed says nothing about the site."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the timeline: when, what, by whom, why."""

    at: datetime
    what: str
    who: str
    tone: str = ""
    reason: str = ""
    href: str = ""
    whole_day: bool = False


def steps(
    project: Project, access: Access | None, devices: list[DeviceFacts], scope: Scope, now: datetime
) -> tuple[Step, ...]:
    """The latest steps; who may read no people sees those of devices and dates only."""
    found = [*_dates(project, access), *_lost_links(devices, now)]
    if scope.may_read(DataKind.PEOPLE):
        found += changes(project, SHOWN)
    return tuple(sorted(found, key=lambda step: step.at, reverse=True)[:SHOWN])


def changes(project: Project, limit: int) -> tuple[Step, ...]:
    """Every recorded act about the project and what belongs to it, newest first."""
    lines = project_history(project.pk, limit)
    return tuple(
        Step(line.at, acts.words(line.act), f"{line.body} {line.person}".strip(), "brand", line.reason)
        for line in lines
    )


def _dates(project: Project, access: Access | None) -> Iterator[Step]:
    if project.started_on:
        yield Step(clock.day_start(project.started_on), "开工", "施工总承包", whole_day=True)
    if access and access.entered_on:
        yield Step(clock.day_start(access.entered_on), "入库", "自动", "ok", whole_day=True)
    if project.connected_on:
        early = (project.access_deadline - project.connected_on).days if project.access_deadline else 0
        words = (
            f"完成接入，提前 {early} 天"
            if early > 0
            else "完成接入"
            if early == 0
            else f"完成接入，逾期 {-early} 天"
        )
        yield Step(clock.day_start(project.connected_on), words, "自动", "ok" if early >= 0 else "warn", whole_day=True)  # fmt: skip


def _lost_links(devices: list[DeviceFacts], now: datetime) -> Iterator[Step]:
    """The last lost links of the first devices; the whole log is a page of the device."""
    for device in devices[:DEVICES]:
        links = connections_of_device(device.gateway_id, now - BACK, now)
        lost = [link for link in links if link.closed_at is not None and link.why not in PLANNED]
        for link in lost[:LINKS]:
            assert link.closed_at is not None
            yield Step(link.closed_at, f"{device.name} 断开连接", "设备", "warn", href=reverse("device-connections", args=[device.ref]))  # fmt: skip
