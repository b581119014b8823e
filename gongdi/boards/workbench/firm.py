"""企业工作台：红黄绿停，离 100% 还差什么、谁的事、到几点，提前预警，证照到期。"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse

from gongdi.boards.projects.lines import access_words
from gongdi.boards.workbench import alarm_card
from gongdi.boards.workbench.certificates import expiring
from gongdi.boards.workbench.figures import kpis
from gongdi.boards.workbench.inventory import Inventory, inventory_of
from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs import queries as orgs
from gongdi.projects.models import EntryFiling, Project, ProjectPost
from gongdi.returns import queries as returns
from gongdi.returns.open_gaps import OpenGap, open_gaps
from gongdi.returns.words import pair
from gongdi.telemetry.terms import load_terms

SHOWN, GREENS, AHEAD = 20, 40, 8
URGENT = timedelta(hours=24)
NEAR, FAR = timedelta(days=7), timedelta(days=30)
LIGHTS = (
    ("red", "红", "circle-alert", "lack"), ("yellow", "黄", "clock", "lack"), ("lost", "已缺", "circle-x", "others"),
    ("green", "绿", "check", "others"), ("stop", "停工", "minus", "others"), ("new", "未计", "hourglass", "others"),
)  # fmt: skip
POSTS = ("设备", "安全", "项目负责", "项目经理", "资料")
"""Whose matter a gap is, the first post found."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that keeps a project from 100%: what, what follows, whose, until when."""

    light: str
    project: Project
    rate: str
    what: str
    below: str
    follows: str
    who: str
    until: datetime | None
    href: str


@dataclass(frozen=True, slots=True)
class Site:
    """One project without anything to fill, with the word of its state."""

    light: str
    ref: UUID
    name: str
    words: str


def board(scope: Scope, now: datetime) -> dict[str, Any]:
    """Everything on the workbench of a firm; queries do not grow with its projects."""
    inventory = inventory_of(scope, now)
    rows = list(inventory.rows.select_related("contractor", "division").order_by("number"))
    rates = returns.rates_of_projects([row.pk for row in rows], inventory.today)
    lacks = _lacks(rows, rates, now)
    sites = _sites(rows, rates, {lack.project.pk for lack in lacks})
    lights = Counter(_worst_lights(lacks).values()) + Counter(site.light for site in sites)
    title = {Role.DEVELOPER: "建设单位工作台", Role.SUPERVISOR: "监理工作台"}.get(scope.role, "企业工作台")
    return {
        "now": now,
        "board_title": title,
        "covers": orgs.subject_name(scope),
        "board_links": (
            ("逾期未接入", "circle-alert", reverse("late-access")),
            ("本单位项目", "building-2", reverse("projects")),
        ),
        "total": len(rows),
        "lights": _bar(lights, len(rows)),
        "kpis": kpis(scope, inventory, "", ()),
        "rate": returns.rate_of_enterprise(scope.enterprise_id, inventory.month)
        if scope.role is Role.ENTERPRISE and scope.enterprise_id
        else returns.rate_over(inventory.rows, inventory.month),
        "lacks": lacks[:SHOWN],
        "lacks_more": max(0, len(lacks) - SHOWN),
        "lack_projects": len({lack.project.pk for lack in lacks}),
        "lack_n": len(lacks),
        "sites": sites[:GREENS],
        "sites_more": max(0, len(sites) - GREENS),
        "ahead": _ahead(rows, inventory),
        "certificates": expiring(scope, inventory) if scope.may_read(DataKind.PEOPLE) else None,
        "alarms": alarm_card.card(scope, now),
        "month": inventory.month,
        "authority": False,
        "role": scope.role.value,
    }


def _lacks(rows: list[Project], rates: Any, now: datetime) -> list[Lack]:
    """Gaps of the dust stream and of access, by the last moment to cure (4 queries)."""
    devices = equipment.devices_of_projects(row.pk for row in rows)
    running = {
        one.gateway_id: one for found in devices.values() for one in found if one.in_service_to is None
    }
    gaps = open_gaps({key: one.interval_min for key, one in running.items()}, load_terms(), now)
    named = {row.pk: row for row in rows}
    today = clock.shanghai_day(now)
    people = _people([row.pk for row in rows])
    found = [
        _gap_line(named[running[key].project_id], running[key], gap, rates, people, now)
        for key, gap in gaps.items()
        if running[key].project_id in named
    ]
    returned = set(
        EntryFiling.objects.filter(project_id__in=named, state="returned", project__entered_on=None).values_list("project_id", flat=True)
    )  # fmt: skip
    for row in rows:
        if _access_is_near(row, today):
            found.append(_access_line(row, people, row.pk in returned, today, now))
    return sorted(found, key=lambda one: (one.until or now, one.project.number))


def _access_is_near(row: Project, today: date) -> bool:
    waiting = row.connected_on is None and row.status != "stopped"
    return waiting and row.access_deadline is not None and row.access_deadline <= today + NEAR


def _gap_line(
    project: Project, device: Any, gap: OpenGap, rates: Any, people: dict[int, str], now: datetime
) -> Lack:
    at = gap.first.astimezone(clock.SHANGHAI)
    light = "red" if gap.cure_until - now <= URGENT else "yellow"
    rate = rates[project.pk]
    words = f"{rate.percent}% · 扬尘 {pair(rate.dust)}" if rate.percent else "尚无可计的天"
    return Lack(
        light, project, words, f"{device.name} 缺 {gap.samples:,} 个样本", f"{at:%m-%d %H:%M} 起，数据在设备内",
        "过了补传期转为缺传，当天不足 20/24 小时就少得分", people.get(project.pk, "项目未登记责任人"),
        gap.cure_until, reverse("slot", args=[device.ref, f"{at:%Y-%m-%d}", at.hour]),
    )  # fmt: skip


def _access_line(row: Project, people: dict[int, str], returned: bool, today: date, now: datetime) -> Lack:
    words, tone, below = access_words(row, today)
    assert row.access_deadline is not None
    until = clock.day_end(row.access_deadline)
    return Lack(
        "red" if until - now <= URGENT else "yellow", row, "接入期限前不计" if tone != "bad" else "逾期，按 0 计",
        "补正入库申请" if returned else "完成接入：入库和扬尘设备", f"{words}，{below}" if below else words,
        "逾期按 0 计，可能被通报", people.get(row.pk, "项目未登记责任人"), until, reverse("project", args=[row.ref]),
    )  # fmt: skip


def _people(project_ids: list[int]) -> dict[int, str]:
    """Post and name of who sees to it on each project (1 query)."""
    rows = ProjectPost.objects.filter(project_id__in=project_ids, valid_to=None).order_by("id")
    best: dict[int, tuple[int, str]] = {}
    for project, post, name in rows.values_list("project_id", "post", "person_name"):
        place = next((n for n, word in enumerate(POSTS) if word in post), len(POSTS))
        if project not in best or place < best[project][0]:
            best[project] = (place, f"{post} {name}")
    return {project: words for project, (_, words) in best.items()}


def _worst_lights(lacks: list[Lack]) -> dict[int, str]:
    found: dict[int, str] = {}
    for lack in lacks:
        if found.get(lack.project.pk) != "red":
            found[lack.project.pk] = lack.light
    return found


def _sites(rows: list[Project], rates: Any, lacking: set[int]) -> list[Site]:
    """Projects without anything to fill: full, stopped, lost for good, not counted yet."""
    found = []
    for row in rows:
        if row.pk in lacking:
            continue
        rate = rates[row.pk]
        if row.status == "stopped":
            light, words = "stop", "停工"
        elif rate.percent is None:
            light, words = "new", "未计"
        elif rate.is_full:
            light, words = "green", pair(rate.dust)
        else:
            light, words = "lost", f"{rate.percent}%"
        found.append(Site(light, row.ref, row.name, words))
    order = [key for key, *_ in LIGHTS]
    return sorted(found, key=lambda site: order.index(site.light))


def _bar(lights: Counter[str], total: int) -> list[dict[str, Any]]:
    """Parts of the bar with their place in percent; a part without projects is left out of the picture only."""
    parts, x = [], 0.0
    for key, word, icon, anchor in LIGHTS:
        n = lights[key]
        width = 100 * n / total if total else 0.0
        if n or key in ("red", "yellow", "green"):
            parts.append({"key": key, "word": word, "icon": icon, "n": n, "x": round(x, 2), "width": round(max(0, width - 0.6), 2), "anchor": anchor})  # fmt: skip
        x += width
    return parts


def _ahead(rows: list[Project], inventory: Inventory) -> list[dict[str, Any]]:
    """Terms more than seven and at most thirty days ahead: access deadlines and planned ends."""
    found: list[tuple[date, str, str, UUID]] = []
    first, last = inventory.today + NEAR, inventory.today + FAR
    for row in rows:
        if row.connected_on is None and row.access_deadline and first < row.access_deadline <= last:
            found.append((row.access_deadline, row.name, "接入期限", row.ref))
        if row.planned_end and first < row.planned_end <= last:
            found.append((row.planned_end, row.name, "计划竣工，竣工前完成考评申请", row.ref))
    found.sort(key=lambda one: (one[0], one[1]))
    return [
        {"day": day, "left": (day - inventory.today).days, "name": name, "why": why, "ref": ref}
        for day, name, why, ref in found[:AHEAD]
    ]
