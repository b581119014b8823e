"""工作台：在建、入库、回传率、设备，地图与排名，待办，异常项目，近 30 天。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs import queries as orgs
from gongdi.orgs.models import Division
from gongdi.projects import queries as projects
from gongdi.projects.models import Project
from gongdi.returns import queries as returns
from gongdi.telemetry.queries import facts, quarantine
from gongdi.web.drawing import base_map, sparkline, trend
from gongdi.web.guard import ScopedRequest
from gongdi.web.templatetags.page import pair

POINTS_LIMIT = 1500
WORST = 8
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: tag, what, why, until when, where."""

    tag: str
    tone: str
    title: str
    why: str
    due: str
    late: bool
    href: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of the head row; `none` says why there is no value."""

    icon: str
    label: str
    value: str
    unit: str
    none: str
    note: str
    href: str
    spark: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """One area of the map with its rate and fill; the ranking shows the same."""

    area: base_map.Area
    level: str
    rate: returns.RegionRate | None

    @property
    def mean(self) -> Fraction:
        """Mean for sorting; an area without a rate comes last."""
        return Fraction(-1) if self.rate is None or self.rate.mean is None else self.rate.mean


@dataclass(frozen=True, slots=True)
class RankLine:
    """One line beside the map: an area, or a project of a county; `percent` empty = no rate yet."""

    label: str
    href: str
    percent: str
    full: bool


class Site(NamedTuple):
    """What the workbench needs of a project; thousands of them cost no model objects."""

    pk: int
    ref: UUID
    name: str
    number: str
    status: str
    connected_on: date | None
    access_deadline: date | None
    lng: float | None
    lat: float | None
    division: str


SITE_FIELDS = (
    "pk", "ref", "name", "number", "status", "connected_on", "access_deadline", "lng", "lat", "division__name",
)  # fmt: skip


@dataclass(frozen=True)
class Inventory:
    """Counts of the visible projects and what is needed to place and rate them."""

    rows: tuple[Site, ...]
    month: date
    today: date
    now: datetime
    rates: Mapping[int, returns.Rate]


def workbench(request: ScopedRequest) -> HttpResponse:
    """The first page after sign-in; the scope decides what it covers."""
    now = clock.now()
    context = board(request.scope, now)
    return render(request, "pages/workbench.html", context)


def board(scope: Scope, now: datetime) -> dict[str, Any]:
    """Everything on the workbench for one scope."""
    inventory = _inventory(scope, now)
    prefix = scope.division_prefixes[0] if scope.division_prefixes else ""
    days = _days(prefix, inventory)
    line = trend.draw([(day.day, None if day.credit is None else float(day.credit)) for day in days])
    context: dict[str, Any] = {
        "now": now,
        "covers": _covers(scope, prefix, inventory),
        "kpis": kpis(scope, inventory, prefix, days),
        "todos": todos(scope, inventory),
        "worst": worst(inventory),
        "trend": line,
        "trend_days": days,
        "trend_why": "有应传设备满一天后，这里出现每日扬尘回传率。"
        if prefix or len(inventory.rows) < 2
        else "多个项目的逐日曲线还没有合并口径；每个项目的每日得分见项目页的扬尘页签。",
        "month": inventory.month,
        "authority": scope.is_authority,
    }
    return context | (map_context(prefix, inventory) if prefix else {})


def _days(prefix: str, inventory: Inventory) -> tuple[returns.DayRate, ...]:
    """Daily results of a region or of the one project of a site; an enterprise has none of its own yet."""
    if prefix:
        return returns.days_of_region(prefix, inventory.today)
    if len(inventory.rows) == 1:
        return returns.days_of_project(inventory.rows[0].pk, inventory.today)
    return ()


def _inventory(scope: Scope, now: datetime) -> Inventory:
    today = clock.shanghai_day(now)
    rows = projects.visible(scope).exclude(status="completed").values_list(*SITE_FIELDS)
    found = tuple(map(Site._make, rows[:10_000]))
    ids = [row.pk for row in found]
    return Inventory(found, today.replace(day=1), today, now, returns.rates_of_projects(ids, today))


def kpis(
    scope: Scope, inventory: Inventory, prefix: str, days: tuple[returns.DayRate, ...]
) -> tuple[Kpi, ...]:
    """The five figures; a stream that is not connected says so instead of showing a number."""
    month = inventory.month.month
    region = (
        returns.rates_of_regions([prefix], inventory.month, inventory.now).get(prefix) if prefix else None
    )
    rate, beside, entry, entry_note = _rate_words(scope, inventory, region)
    spark = sparkline.path([None if day.credit is None else float(day.credit) for day in days])
    stopped = sum(row.status == "stopped" for row in inventory.rows)
    heard, total, note = _heard(inventory)
    return (
        Kpi("building-2", "在建项目", f"{len(inventory.rows):,}", "个", "", f"其中停工 {stopped} 个" if stopped else "无停工项目", reverse("projects")),
        Kpi("plug", "项目入库率", entry, "%", "暂无应入库项目", entry_note, reverse("projects") + "?access=overdue"),
        Kpi("radio-tower", f"{month} 月回传率", rate, "%", "本月还没有可计的天", beside, reverse("projects"), spark, ""),
        Kpi("cctv", "视频在线率", "", "", "视频尚未接入", "接入后按点位日统计，不以 0 代替", ""),
        Kpi("wind", "扬尘设备有声", f"{heard:,}" if total else "", f"/ {total:,} 台", "还没有登记设备", note, reverse("devices")),
    )  # fmt: skip


def _rate_words(
    scope: Scope, inventory: Inventory, region: returns.RegionRate | None
) -> tuple[str, str, str, str]:
    if region is not None:
        beside = f"100% 的项目 {region.full}/{region.rated}" if region.rated else "暂无可计项目"
        entry = region.entry_percent or ""
        return region.mean_percent or "", beside, entry, f"已入库 {region.entered}/{region.due_set}"
    rate = None
    if scope.enterprise_id is not None:
        rate = returns.rate_of_enterprise(scope.enterprise_id, inventory.month)
    elif inventory.rows:
        rate = inventory.rates.get(inventory.rows[0].pk)
    connected = sum(row.connected_on is not None for row in inventory.rows)
    due = sum(_due(row, inventory.today) for row in inventory.rows)
    entry = f"{10000 * connected // due / 100:.2f}" if due else ""
    return (rate.percent or "") if rate else "", _streams(rate), entry, f"已接入 {connected}/{due}"


def _due(row: Site, today: date) -> bool:
    return row.connected_on is not None or (row.access_deadline is not None and row.access_deadline < today)


def _streams(rate: returns.Rate | None) -> str:
    return (
        f"扬尘 {pair(rate.dust)}" if rate is not None and rate.dust.rate is not None else "三路均未到可计时"
    )


def _heard(inventory: Inventory) -> tuple[int, int, str]:
    devices = equipment.devices_of_projects([row.pk for row in inventory.rows])
    ids = [one.gateway_id for many in devices.values() for one in many if one.in_service_to is None]
    lines = facts.device_lines(ids)
    recent = inventory.now - timedelta(minutes=10)
    heard = sum(1 for line in lines.values() if line.heard_at is not None and line.heard_at >= recent)
    return heard, len(ids), "10 分钟内收到过数据"


def todos(scope: Scope, inventory: Inventory) -> tuple[Todo, ...]:
    """What the person should look at next; only what the data shows."""
    found: list[Todo] = []
    today = inventory.today
    late = [
        row
        for row in inventory.rows
        if row.connected_on is None and row.access_deadline and row.access_deadline < today
    ]
    for row in sorted(late, key=lambda one: one.access_deadline or today)[:3]:
        days = (today - (row.access_deadline or today)).days
        found.append(Todo("接入", "bad", row.name, f"{row.division} · 期限 {row.access_deadline:%m-%d}，施工总承包单位办理", f"逾期 {days} 天", True, reverse("project", args=[row.ref])))  # fmt: skip
    soon = [
        row
        for row in inventory.rows
        if row.connected_on is None and row.access_deadline and today <= row.access_deadline <= today + SOON
    ]
    if soon:
        first = min(row.access_deadline for row in soon if row.access_deadline)
        found.append(Todo("接入", "warn", f"{len(soon)} 个项目 7 天内到接入期限", "施工总承包单位完成设备接入", f"{first:%m-%d}，剩 {(first - today).days} 天", False, reverse("projects") + "?access=soon"))  # fmt: skip
    if scope.role is Role.PROVINCE and scope.may_read(DataKind.FRAMES):
        waiting = len(quarantine.pending_devices(50))
        if waiting:
            found.append(Todo("设备", "brand", f"{waiting} 个未登记的编号正在上报", "核对 MN 后登记，登记前的数据不计入", "", False, reverse("pending-devices")))  # fmt: skip
    return tuple(found)


def worst(inventory: Inventory) -> tuple[dict[str, Any], ...]:
    """Projects below 100%, lowest first."""
    rated = [(rate.combined, row) for row in inventory.rows if (rate := inventory.rates.get(row.pk)) and rate.combined is not None and not rate.is_full]  # fmt: skip
    rated.sort(key=lambda pair: (pair[0], pair[1].number))
    chosen = [row.pk for _, row in rated[:WORST]]
    full = Project.objects.select_related("contractor", "division").in_bulk(chosen)
    return tuple({"project": full[key], "rate": inventory.rates[key]} for key in chosen)


def map_context(prefix: str, inventory: Inventory) -> dict[str, Any]:
    """Outline with fills, points of projects, ranking with the same facts."""
    areas = base_map.areas(prefix)
    length = 4 if len(prefix) == 2 else 6
    rates = returns.rates_of_regions([area.code[:length] for area in areas], inventory.month, inventory.now)
    means = {area.code: rates.get(area.code[:length]) for area in areas}
    levels = _levels([float(one.mean) for one in means.values() if one and one.mean is not None])
    shapes = [Shape(area, _level(means[area.code], levels), means[area.code]) for area in areas]
    rank = _project_rank(inventory) if len(prefix) == 6 else _area_rank(shapes)
    box = base_map.view_box(areas)
    return {
        "map": {"shapes": shapes, "box": " ".join(f"{value:.1f}" for value in box), "approval": base_map.approval(), "dot": round(box[3] / 118, 1), "font": round(box[3] / 35, 1)},
        "points": _points(inventory),
        "rank": rank[:11],
        "rank_more": max(0, len(rank) - 11),
        "levels": levels,
    }  # fmt: skip


def _area_rank(shapes: list[Shape]) -> list[RankLine]:
    ordered = sorted(shapes, key=lambda shape: (-shape.mean, shape.area.code))
    return [
        RankLine(
            shape.area.name,
            f"{reverse('projects')}?division={shape.area.code}",
            (shape.rate.mean_percent or "") if shape.rate else "",
            shape.mean == 1,
        )
        for shape in ordered
    ]


def _project_rank(inventory: Inventory) -> list[RankLine]:
    rated = [(inventory.rates[row.pk], row) for row in inventory.rows if row.pk in inventory.rates]
    rated.sort(key=lambda pair: (pair[0].combined is None, -(pair[0].combined or 0), pair[1].number))
    return [
        RankLine(row.name, reverse("project", args=[row.ref]), rate.percent or "", rate.is_full)
        for rate, row in rated
    ]


def _points(inventory: Inventory) -> list[dict[str, Any]]:
    placed = [row for row in inventory.rows if row.lng is not None and row.lat is not None]
    if len(placed) > POINTS_LIMIT:
        return []
    found = []
    for row in placed:
        place = base_map.project(row.lng or 0, row.lat or 0)
        found.append({"x": place.x, "y": place.y, "kind": _point_kind(inventory.rates.get(row.pk))})
    return sorted(found, key=lambda one: ("none", "ok", "warn", "bad").index(one["kind"]))


def _point_kind(rate: returns.Rate | None) -> str:
    if rate is None or rate.combined is None:
        return "none"
    return "ok" if rate.is_full else "warn" if float(rate.combined) >= 0.9 else "bad"


def _levels(values: list[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered[len(ordered) * part // 4] for part in (1, 2, 3)] if len(ordered) >= 4 else []


def _level(rate: returns.RegionRate | None, levels: list[float]) -> str:
    if rate is None or rate.mean is None:
        return "no"
    return f"l{1 + sum(float(rate.mean) >= level for level in levels)}" if levels else "l2"


def _covers(scope: Scope, prefix: str, inventory: Inventory) -> str:
    if prefix:
        return _division_name(prefix)
    return orgs.subject_name(scope) or (inventory.rows[0].name if inventory.rows else "")


def _division_name(prefix: str) -> str:
    found = Division.objects.filter(code=prefix.ljust(6, "0")).values_list("name", flat=True).first()
    return found or ""
