"""项目详情：三路回传率、接入、监督、设备；没有接入的部分如实写明。"""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.urls import reverse

from gongdi.boards.places import place_name
from gongdi.boards.projects.lines import access_words
from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Scope
from gongdi.projects.models import Project
from gongdi.returns import queries as returns
from gongdi.telemetry.queries import alarms, facts

TABS = (
    ("", "概况"),
    ("documents", "资料"),
    ("video", "视频"),
    ("dust", "扬尘"),
    ("assessment", "考评"),
    ("fees", "费用合同"),
    ("orders", "处置"),
)
REAL = ("", "dust")


def page(project: Project, tab: str, scope: Scope, now: datetime) -> dict[str, Any]:
    """Everything on the page of one project."""
    context = _head(project, tab, now)
    return context | (_devices(project, now) if scope.may_read(DataKind.DUST) else {})


def _head(project: Project, tab: str, now: datetime) -> dict[str, Any]:
    today = clock.shanghai_day(now)
    rate = returns.rate_of_project(project.pk, today)
    access = returns.access_of_projects([project.pk]).get(project.pk)
    word, tone, below = access_words(project, today)
    return {
        "now": now,
        "project": project,
        "place": place_name(project.division),
        "rate": rate,
        "streams": (rate.documents, rate.video, rate.dust),
        "access": access,
        "access_word": word,
        "access_tone": tone,
        "access_below": below,
        "crumbs": (
            {"label": "项目清单", "href": reverse("projects")},
            {"label": project.division.name, "href": reverse("projects") + f"?division={project.division_id}"},
            {"label": project.name, "href": ""},
        ),
        "tabs": [
            {"label": label, "href": reverse("project-tab", args=[project.ref, key]) if key else reverse("project", args=[project.ref]), "current": key == tab}
            for key, label in TABS
        ],
        "tab": tab,
        "tab_label": dict(TABS)[tab],
        "bodies": [(label, body) for label, body in (("质量", project.quality_authority), ("安全", project.safety_authority), ("扬尘", project.dust_authority)) if body],
        "month": today,
    }  # fmt: skip


def _devices(project: Project, now: datetime) -> dict[str, Any]:
    devices = equipment.devices_of_projects([project.pk]).get(project.pk, [])
    lines = facts.device_lines([device.gateway_id for device in devices])
    today = clock.shanghai_day(now)
    days = returns.days_of_project(project.pk, today)
    found = alarms.alarms_of_devices([device.gateway_id for device in devices], now - timedelta(days=7), now)
    names = {device.gateway_id: device.name for device in devices}
    return {
        "devices": [
            {"device": device, "line": lines.get(device.gateway_id), "silent": _silent(lines.get(device.gateway_id), now)}
            for device in devices
        ],
        "days": [{"day": day, "x": index * 6, "kind": _kind(day.credit)} for index, day in enumerate(days)],
        "days_width": max(6, 6 * len(days)),
        "alarms": [{"alarm": alarm, "device": names.get(alarm.device_id, "")} for alarm in found[:6]],
    }  # fmt: skip


def _silent(line: facts.DeviceLine | None, now: datetime) -> bool:
    return line is None or line.heard_at is None or now - line.heard_at > facts.SILENT_AFTER


def _kind(credit: Fraction | None) -> str:
    if credit is None:
        return "none"
    return "full" if credit == 1 else "part" if credit else "zero"
