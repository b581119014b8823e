"""工作台：在建、入库、回传率、设备，地图与排名，待办，异常项目，近 30 天。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from gongdi.boards.map import base_map
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs import queries as orgs
from gongdi.orgs.models import Division
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import queries as projects
from gongdi.projects.models import Project
from gongdi.returns import ordering
from gongdi.returns import queries as returns
from gongdi.returns.words import pair
from gongdi.telemetry.queries import facts, quarantine
from gongdi.web.drawing import sparkline, trend
from gongdi.web.pages import alarms
from gongdi.web.pages.device_words import SILENT_AFTER
from gongdi.web.pages.devices import devices_in_list

POINTS_LIMIT = 1500
WORST, RANKED = 8, 11


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
    note_href: str = ""


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


@dataclass(frozen=True)
class Inventory:
    """Counts of the visible projects under construction; the projects themselves stay in the database."""

    rows: QuerySet[Project]
    first: tuple[tuple[int, str], ...]
    counts: Mapping[str, Any]
    month: date
    today: date
    now: datetime

    @property
    def total(self) -> int:
        """Projects under construction."""
        return int(self.counts["total"])

    @property
    def only(self) -> int | None:
        """Key of the project when there is exactly one (a site)."""
        return self.first[0][0] if len(self.first) == 1 else None


def workbench(request: ScopedRequest) -> HttpResponse:
    """The first page after sign-in; the scope decides what it covers."""
    now = clock.now()
    context = board(request.scope, now)
    return render(request, "pages/workbench.html", context)


def board(scope: Scope, now: datetime) -> dict[str, Any]:
    """Everything on the workbench for one scope; the number of queries does not grow with the projects."""
    inventory = _inventory(scope, now)
    prefix = scope.division_prefixes[0] if scope.division_prefixes else ""
    days = _days(prefix, inventory)
    line = trend.draw([(day.day, None if day.credit is None else float(day.credit)) for day in days])
    context: dict[str, Any] = {
        "now": now,
        "covers": _covers(scope, prefix, inventory),
        "kpis": kpis(scope, inventory, prefix, days),
        "todos": todos(scope, inventory),
        "alarms": alarms.card(scope, now),
        "worst": worst(inventory),
        "trend": line,
        "trend_days": days,
        "trend_why": "有应传设备满一天后，这里出现每日扬尘回传率。"
        if prefix or inventory.total < 2
        else "多个项目的逐日曲线还没有合并口径；每个项目的每日得分见项目页的扬尘页签。",
        "month": inventory.month,
        "authority": scope.is_authority,
    }
    return context | (map_context(prefix, inventory) if prefix else {})


def _days(prefix: str, inventory: Inventory) -> tuple[returns.DayRate, ...]:
    """Daily results of a region or of the one project of a site; an enterprise has none of its own yet."""
    if prefix:
        return returns.days_of_region(prefix, inventory.today)
    return () if inventory.only is None else returns.days_of_project(inventory.only, inventory.today)


def _inventory(scope: Scope, now: datetime) -> Inventory:
    today = clock.shanghai_day(now)
    rows = projects.visible(scope).exclude(status="completed")
    waiting = Q(connected_on__isnull=True)
    soon = waiting & Q(access_deadline__range=(today, today + projects.SOON))
    counts = rows.aggregate(
        total=Count("pk"),
        stopped=Count("pk", filter=Q(status="stopped")),
        connected=Count("pk", filter=~waiting),
        due=Count("pk", filter=~waiting | Q(access_deadline__lt=today)),
        soon=Count("pk", filter=soon),
        soon_first=Min("access_deadline", filter=soon),
    )
    first = () if scope.division_prefixes else tuple(rows.order_by("number").values_list("pk", "name")[:2])
    return Inventory(rows, first, counts, today.replace(day=1), today, now)


def kpis(
    scope: Scope, inventory: Inventory, prefix: str, days: tuple[returns.DayRate, ...]
) -> tuple[Kpi, ...]:
    """The five figures; a stream that is not connected says so instead of showing a number."""
    month, listed = inventory.month.month, reverse("projects")
    region = (
        returns.rates_of_regions([prefix], inventory.month, inventory.now).get(prefix) if prefix else None
    )
    rate, beside, entry, entry_note = _rate_words(scope, inventory, region)
    spark = sparkline.path([None if day.credit is None else float(day.credit) for day in days])
    stopped = inventory.counts["stopped"]
    heard, total, note = _heard(scope, inventory)
    silent = f"{reverse('devices')}?state=silent"
    full = region is not None and region.entered == region.due_set
    return (
        Kpi("building-2", "在建项目", f"{inventory.total:,}", "个", "", f"其中停工 {stopped} 个" if stopped else "无停工项目", f"{listed}?access=open", note_href=f"{listed}?access=stopped" if stopped else ""),
        Kpi("plug", "项目入库率", entry, "%", "暂无应入库项目", entry_note, f"{listed}?access=open&entry={'entered' if full else 'lacking'}" if region else f"{listed}?access=overdue", note_href=f"{listed}?access=open&entry=entered" if region else f"{listed}?access=connected"),
        Kpi("radio-tower", f"{month} 月回传率", rate, "%", "本月还没有可计的天", beside, f"{listed}?rate=part&sort=rate", spark, note_href=f"{listed}?rate=full" if region else ""),
        Kpi("cctv", "视频在线率", "", "", "视频尚未接入", "接入后按点位日统计，不以 0 代替", ""),
        Kpi("wind", "扬尘设备有声", f"{heard:,}" if total else "", f"/ {total:,} 台", "还没有登记设备", note, f"{reverse('devices')}?state=heard", note_href=silent if heard < total else ""),
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
    elif inventory.only is not None:
        rate = returns.rate_of_project(inventory.only, inventory.month)
    connected, due = inventory.counts["connected"], inventory.counts["due"]
    entry = f"{10000 * connected // due / 100:.2f}" if due else ""
    return (rate.percent or "") if rate else "", _streams(rate), entry, f"已接入 {connected}/{due}"


def _streams(rate: returns.Rate | None) -> str:
    return (
        f"扬尘 {pair(rate.dust)}" if rate is not None and rate.dust.rate is not None else "三路均未到可计时"
    )


def _heard(scope: Scope, inventory: Inventory) -> tuple[int, int, str]:
    """Devices heard within ten minutes of those in service: the same devices as the list."""
    devices = devices_in_list(scope)
    total = devices.count()
    recent = inventory.now - SILENT_AFTER
    heard = facts.heard_count(devices.values("gateway_device_id"), recent)
    return heard, total, "10 分钟内都收到过" if heard == total else f"无声 {total - heard:,} 台"


def todos(scope: Scope, inventory: Inventory) -> tuple[Todo, ...]:
    """What the person should look at next; only what the data shows."""
    found: list[Todo] = []
    today, counts = inventory.today, inventory.counts
    late = inventory.rows.filter(projects.in_view("overdue", today)).order_by("access_deadline", "number")
    for ref, name, deadline, place in late.values_list("ref", "name", "access_deadline", "division__name")[
        :3
    ]:
        days = (today - (deadline or today)).days
        found.append(Todo("接入", "bad", name, f"{place} · 期限 {deadline:%m-%d}，施工总承包单位办理", f"逾期 {days} 天", True, reverse("project", args=[ref])))  # fmt: skip
    if soon := counts["soon"]:
        first = counts["soon_first"]
        found.append(Todo("接入", "warn", f"{soon} 个项目 7 天内到接入期限", "施工总承包单位完成设备接入", f"{first:%m-%d}，剩 {(first - today).days} 天", False, reverse("projects") + "?access=soon"))  # fmt: skip
    if scope.role is Role.PROVINCE and scope.may_read(DataKind.FRAMES):
        waiting = len(quarantine.pending_devices(50))
        if waiting:
            found.append(Todo("设备", "brand", f"{waiting} 个未登记的编号正在上报", "核对 MN 后登记，登记前的数据不计入", "", False, reverse("pending-devices")))  # fmt: skip
    return tuple(found)


def worst(inventory: Inventory) -> tuple[dict[str, Any], ...]:
    """Projects below 100%, lowest first, with their devices that are silent now."""
    return _rated(inventory, ordering.lowest(inventory.rows, inventory.month, WORST))


def _rated(inventory: Inventory, chosen: list[int]) -> tuple[dict[str, Any], ...]:
    full = Project.objects.select_related("contractor", "division").in_bulk(chosen)
    rates = returns.rates_of_projects(chosen, inventory.today)
    return tuple({"project": full[key], "rate": rates[key]} for key in chosen)


def map_context(prefix: str, inventory: Inventory) -> dict[str, Any]:
    """Outline with fills, points of projects, ranking with the same facts."""
    areas = base_map.areas(prefix)
    length = 4 if len(prefix) == 2 else 6
    rates = returns.rates_of_regions([area.code[:length] for area in areas], inventory.month, inventory.now)
    means = {area.code: rates.get(area.code[:length]) for area in areas}
    levels = _levels([float(one.mean) for one in means.values() if one and one.mean is not None])
    shapes = [Shape(area, _level(means[area.code], levels), means[area.code]) for area in areas]
    county = len(prefix) == 6
    rank = _project_rank(inventory) if county else _area_rank(shapes)
    more = inventory.total if county else len(rank)
    box, points = base_map.view_box(areas), _points(inventory)
    return {
        "map": {"shapes": shapes, "box": " ".join(f"{value:.1f}" for value in box), "approval": base_map.approval(), "font": round(box[3] / 35, 1)},
        "points": points,
        "clustered": any(point["size"] != "one" for point in points),
        "rank": rank[:RANKED],
        "rank_more": max(0, more - RANKED),
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
    found = _rated(inventory, ordering.highest(inventory.rows, inventory.month, RANKED))
    return [
        RankLine(one["project"].name, reverse("project", args=[one["project"].ref]), one["rate"].percent or "", one["rate"].is_full)
        for one in found
    ]  # fmt: skip


def _points(inventory: Inventory) -> list[dict[str, Any]]:
    """One path a kind and size: thousands of projects stay a handful of elements."""
    found: dict[tuple[str, str], list[str]] = {}
    for lng, lat, share, n in ordering.places(inventory.rows, inventory.month, POINTS_LIMIT):
        place = base_map.project(lng, lat)
        size = "one" if n == 1 else "few" if n < 10 else "many"
        found.setdefault((_point_kind(share), size), []).append(f"M{place.x:.1f} {place.y:.1f}h0")
    return [
        {"kind": kind, "size": size, "d": "".join(found[kind, size])}
        for kind in ("none", "ok", "warn", "bad")
        for size in ("one", "few", "many")
        if (kind, size) in found
    ]


def _point_kind(share: Decimal | None) -> str:
    if share is None:
        return "none"
    return "ok" if share == 1 else "warn" if share >= Decimal("0.9") else "bad"


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
    return orgs.subject_name(scope) or (inventory.first[0][1] if inventory.first else "")


def _division_name(prefix: str) -> str:
    found = Division.objects.filter(code=prefix.ljust(6, "0")).values_list("name", flat=True).first()
    return found or ""
