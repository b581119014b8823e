"""设备页每个数背后的清单：报文、连接、30 天的小时、一个月的日与时段。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from gongdi.ingest.raw_blocks import Span
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind
from gongdi.monitor.queries import connections, frames, month, month_days, strip
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest
from gongdi.protocols.hj212.words import CN_LABELS
from gongdi.telemetry.queries.states import SlotState, StateRun
from gongdi.web.pages import device_words as words
from gongdi.web.pages.device import (
    DeviceAt,
    day_of,
    find,
    micros,
    open_frame,
    project_href,
    project_line,
    slot_base,
)
from gongdi.web.templatetags.page import span as length_of

TABS = (
    ("device-frames", "报文", True),
    ("device-quarantine", "隔离", True),
    ("device-conflicts", "冲突", True),
    ("device-connections", "连接", False),
    ("device-hours", "30 天小时", False),
    ("device-month", "月结果", False),
)
FRAMES_SHOWN = 50
SHOWS = (
    ("days", "逐日"),
    ("on_time", "未按时"),
    ("received", "未收到"),
    ("valid", "未计有效"),
    ("pending", "应传未到"),
    ("missing", "缺传"),
    ("not_counted", "不计"),
)
WHY = {
    "days": "四个数逐日相加，就是设备页本月结果的四个数。",
    "on_time": "应传而没有在时段结束后 10 分钟内收到的样本：其中后来补到的仍计入实传。",
    "received": "应传而在期限内没有收到的样本。",
    "valid": "应传而没有计为有效的样本：没有收到，或收到但标记不是 N、T。",
    "pending": "期限未过，设备还可以补传。",
    "missing": "期限已过，仍没有有效样本。",
    "not_counted": "批准的免传和平台故障，已从应传扣除。",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice above a list with the number of its rows."""

    label: str
    n: int | None
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class RunLine:
    """One interval of a month list."""

    run: StateRun
    label: str
    href: str


def frame_log(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Frames of one Shanghai day as received, newest first, 50 at a time; one of them open byte by byte."""
    at = find(request.scope, ref)
    if not request.scope.may_read(DataKind.FRAMES):
        raise Http404("没有这一页")
    query = request.GET
    day = _day(query, clock.shanghai_day(at.facts.heard.at or at.now))
    cn = listing.choice(query, "cn", [str(key) for key in CN_LABELS])
    ends = _before(query, clock.day_end(day))
    shown = Span(clock.day_start(day), max(ends, clock.day_start(day)))
    views, older = frames.frame_log(at.device.gateway_id, shown, int(cn) if cn else None, FRAMES_SHOWN)
    opened = next((one for one in views if micros(one.line.received_at) == query.get("open")), None)
    keep = {"day": f"{day:%Y-%m-%d}", "cn": cn}
    context = list_head(at, request, "device-frames", "报文记录")
    context |= open_frame(at, opened) | {
        "frame_lines": [
            {"view": one, "current": one is opened, "href": listing.address(query, open=micros(one.line.received_at)) + "#frame-text"}
            for one in views
        ],
        "day": day,
        "cn": cn,
        "commands": list(CN_LABELS.items()),
        "older": "?" + _encoded(keep | {"before": micros(older)}) if older else "",
        "newest": "?" + _encoded(keep) if "before" in query else "",
        "day_before": "?" + _encoded(keep | {"day": f"{day - timedelta(days=1):%Y-%m-%d}"}),
    }  # fmt: skip
    return render(request, "pages/device_frames.html", context)


def connection_log(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Connections of the last 30 days, newest first (at most 200)."""
    at = find(request.scope, ref)
    found = connections.connections_of_device(at.device.gateway_id, at.now - timedelta(days=30), at.now)
    pager, offset = listing.pager(request.GET, len(found), f"30 天内 {len(found)} 次连接", 50)
    rows = [
        {"one": one, "length": length_of((one.closed_at or at.now) - one.opened_at, parts=2)}
        for one in found[offset : offset + 50]
    ]
    context = list_head(at, request, "device-connections", "连接记录")
    return render(request, "pages/device_connections.html", context | {"rows": rows, "pager": pager})


def hour_list(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """The hours behind the legend of the strip: 30 days, one state or all, newest first."""
    at = find(request.scope, ref)
    found = strip.hour_strip(at.device.gateway_id, at.now)
    state = listing.choice(request.GET, "state", [one.value for one in SlotState])
    rows = [
        {"day": day.day, "cell": cell, "ends": cell.hour + 1, "href": f"{slot_base(at)}{day.day:%Y-%m-%d}/{cell.hour}"}
        for day in reversed(found.days)
        for cell in reversed(day.cells)
        if cell.state is not None and not cell.in_progress and state in ("", cell.state.value)
    ]  # fmt: skip
    pager, offset = listing.pager(request.GET, len(rows), f"{len(rows):,} 个小时", 50)
    counts = [("", "全部", sum(found.totals.values()))]
    counts += [(one.value, one.label, found.totals.get(one, 0)) for one in SlotState]
    chips = [
        Chip(label, n, listing.address(request.GET, state=key), key == state) for key, label, n in counts
    ]
    context = list_head(at, request, "device-hours", "30 天的小时")
    return render(request, "pages/device_hours.html", context | {"rows": rows[offset : offset + 50], "pager": pager, "chips": chips})  # fmt: skip


def month_list(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """The days and intervals behind the card of a month."""
    at = find(request.scope, ref)
    first = _month(request.GET, clock.shanghai_day(at.now))
    show = listing.choice(request.GET, "show", [key for key, _ in SHOWS]) or "days"
    counts = month.month_counts(at.device.gateway_id, first, at.now)
    found = month_days.month_days(at.device.gateway_id, first, at.now)
    runs = found.lacking | {name: getattr(counts, name) for name in ("pending", "missing", "not_counted")}
    chosen = runs.get(show, ())
    pager, offset = listing.pager(request.GET, len(chosen), _sum_words(chosen), 50)
    context = list_head(at, request, "device-month", f"{first:%Y} 年 {first.month} 月结果")
    context |= {
        "chips": [Chip(label, len(runs[key]) if key in runs else None, listing.address(request.GET, show=key), key == show) for key, label in SHOWS],
        "show": show,
        "why": WHY[show],
        "month": counts,
        "month_rows": words.month_rows(counts),
        "month_percent": words.month_percent(counts),
        "days": found.days[::-1],
        "lines": _run_lines(at, chosen[::-1][offset : offset + 50]),
        "pager": pager,
        "previous": listing.address(request.GET, month=f"{first - timedelta(days=1):%Y-%m}"),
        "next": listing.address(request.GET, month=f"{first + timedelta(days=31):%Y-%m}") if first < clock.shanghai_day(at.now).replace(day=1) else "",
    }  # fmt: skip
    return render(request, "pages/device_month.html", context)


def list_head(at: DeviceAt, request: ScopedRequest, name: str, title: str) -> dict[str, Any]:
    """Crumbs, title, the lists of a device side by side."""
    frames_too = request.scope.may_read(DataKind.FRAMES)
    return {
        "now": at.now,
        "device": at.device,
        "project": project_line(at.project),
        "title": title,
        "crumbs": (
            {"label": "扬尘噪声", "href": reverse("devices")},
            {"label": at.project.name, "href": project_href(at.project)},
            {"label": at.device.name, "href": reverse("device", args=[at.device.ref])},
            {"label": title, "href": ""},
        ),
        "lists": [
            {"label": label, "href": reverse(key, args=[at.device.ref]), "current": key == name}
            for key, label, raw in TABS
            if frames_too or not raw
        ],
    }


def _run_lines(at: DeviceAt, runs: Sequence[StateRun]) -> tuple[RunLine, ...]:
    lines = []
    for run in runs:
        local = run.starts.astimezone(clock.SHANGHAI)
        label = run.state.label if run.state else ""
        lines.append(RunLine(run, label, f"{slot_base(at)}{local:%Y-%m-%d}/{local.hour}"))
    return tuple(lines)


def _sum_words(runs: Sequence[StateRun]) -> str:
    return f"{len(runs):,} 个时段，{sum(run.samples for run in runs):,} 个样本"


def _day(query: QueryDict, default: date) -> date:
    text = query.get("day", "")
    found = day_of(text) if text else default
    if not date(2000, 1, 2) <= found <= date(2100, 1, 1):
        raise Http404("没有这一天")
    return found


def _month(query: QueryDict, today: date) -> date:
    text = query.get("month", "")
    found = day_of(f"{text}-01") if text else today.replace(day=1)
    if not date(2000, 1, 1) <= found <= today:
        raise Http404("没有这个月")
    return found


def _before(query: QueryDict, default: datetime) -> datetime:
    text = query.get("before", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return default
    return min(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(text)), default)


def _encoded(changes: dict[str, str]) -> str:
    return listing.address(QueryDict(), **changes)[1:]
