"""扬尘设备页：三件事、近 24 小时、本月、30 天、报文；读数全部来自 telemetry。"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from gongdi.boards.places import place_name
from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.scope import DataKind, Scope
from gongdi.monitor.queries import connections, curve, frames, month, quarantine, strip
from gongdi.pages.requests import ScopedRequest
from gongdi.projects.models import Project
from gongdi.telemetry.queries import alarms, facts
from gongdi.telemetry.queries.states import StateRun
from gongdi.telemetry.services import ask_back_fill as service
from gongdi.web.drawing import curve_data
from gongdi.web.drawing import frames as frame_drawing
from gongdi.web.drawing import strip as strip_drawing
from gongdi.web.pages import device_words as words
from gongdi.web.templatetags.page import mdhm

TILE_ORDER = (
    "pm10",
    "pm25",
    "tsp",
    "noise",
    "temperature",
    "humidity",
    "wind_speed",
    "wind_direction",
    "pressure",
)
FRAME_LIMIT = 5


@dataclass(frozen=True)
class DeviceAt:
    """The device asked for, inside the scope, with its project, at one instant."""

    device: equipment.DeviceFacts
    project: Project
    facts: facts.DeviceFacts
    now: datetime


def device_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """The page of one dust device; with `X-Live: 1` only the parts that change with a new frame."""
    at = find(request.scope, ref)
    factor = _factor(request)
    may_frames = request.scope.may_read(DataKind.FRAMES)
    context = head_context(at, may_frames=may_frames) | curve_context(at, factor) | {"may_frames": may_frames}
    if may_frames:
        context |= frames_context(at, request.GET.get("frame", ""))
    if request.headers.get("X-Live") == "1":
        return render(request, "pages/device_live.html", context)
    context |= month_context(at) | strip_context(at)
    if may_frames:
        context |= quarantine_context(at)
    return render(request, "pages/device.html", context)


def device_series(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """The curve of the last 24 h as JSON: instants in epoch milliseconds, values in the unit of the page."""
    at = find(request.scope, ref)
    factor = _factor(request)
    return JsonResponse(curve_data.series(_curve(at, factor), factor, at.device.interval_min))


def find(scope: Scope, ref: UUID) -> DeviceAt:
    """The device inside the scope; anything else does not exist (404)."""
    now = clock.now()
    row = equipment.visible(scope).select_related("project", "project__contractor", "project__division")
    device = row.filter(ref=ref, kind="dust").first()
    if device is None or not scope.may_read(DataKind.DUST):
        raise Http404("没有这台设备")
    known = facts.device_facts(device.gateway_device_id, now)
    if known is None:
        raise Http404("没有这台设备")
    return DeviceAt(equipment.facts(device), device.project, known, now)


def head_context(at: DeviceAt, *, may_frames: bool = False) -> dict[str, Any]:
    """Title, state of the live feed, four facts, identity."""
    project, device = at.project, at.device
    return {
        "now": at.now,
        "device": device,
        "project": project_line(project),
        "crumbs": (
            {"label": "扬尘噪声", "href": reverse("devices")},
            {
                "label": project.division.name,
                "href": reverse("projects") + f"?division={project.division_id}",
            },
            {"label": project.name, "href": project_href(project)},
            {"label": device.name, "href": ""},
        ),
        "expected_text": expected_text(device, at.now),
        "fresh": words.is_fresh(at.facts, at.now),
        "live_word": words.live_word(at.facts, at.now),
        "live_url": reverse("live") + f"?device={device.ref}",
        "fact_cards": words.fact_cards(at.facts, at.now),
        "identity": identity(at, may_frames=may_frames),
    }


def project_line(project: Project) -> dict[str, str]:
    """Name, place, contractor and number of the project under the title."""
    contractor = project.contractor.name if project.contractor else ""
    return {
        "name": project.name,
        "href": project_href(project),
        "place": place_name(project.division),
        "contractor": contractor,
        "number": project.number,
    }


def project_href(project: Project) -> str:
    """Address of the project, empty for 待分配设备, which has no page."""
    return "" if project.holding else reverse("project", args=[project.ref])


def expected_text(device: equipment.DeviceFacts, now: datetime) -> str:
    """Whether samples are due now, and how often."""
    if device.in_service_to is not None and device.in_service_to <= now:
        return f"已停用 {mdhm(device.in_service_to)}"
    if device.in_service_from > now:
        return f"{mdhm(device.in_service_from)} 起应传"
    return (
        "应传，每分钟 1 个样本"
        if device.interval_min == 1
        else f"应传，每 {device.interval_min} 分钟 1 个样本"
    )


def identity(at: DeviceAt, *, may_frames: bool = False) -> tuple[words.Item, ...]:
    """What is registered about the device."""
    device, known = at.device, at.facts
    edition = known.edition or device.edition
    dialect = "无方言" if device.profile in ("", "strict") else f"方言 {device.profile}"
    items = [
        words.Item("MN（数采仪编码）", device.mn, mono=True),
        words.Item("协议版本", f"HJ 212-{edition}，{dialect}"),
        words.Item("单位设置", unit_words(at)),
    ]
    if known.heard.gateway_id is not None:
        connections_url = reverse("device-connections", args=[device.ref])
        items.append(words.Item("传输", f"TCP 明文 · 网关 {known.heard.gateway_id}", href=connections_url))
    if device.vendor or device.model:
        items.append(words.Item("设备", " ".join(filter(None, (device.vendor, device.model)))))
    items.append(words.Item("启用", mdhm(device.in_service_from)))
    frames_url = reverse("device-frames", args=[device.ref]) if may_frames else ""
    items.append(words.Item("应答 / 入库", f"{known.acked:,} / {known.stored:,} 包", href=frames_url))
    return tuple(items)


def pm_unit(at: DeviceAt) -> str:
    """Unit in which the device sends particulates: the standard's ng/m³ unless its profile says otherwise."""
    return str(at.facts.profile.get("pm_unit", "ng"))


def unit_words(at: DeviceAt) -> str:
    """Units as set at access, never guessed (单位设置)."""
    unit = frame_drawing.PM_UNITS.get(pm_unit(at), ("未知", 1.0))[0]
    note = "（标准单位）" if pm_unit(at) == "ng" else ""
    return f"颗粒物 {unit}{note} · 气压 {at.facts.profile.get('pressure_unit', 'kPa')}"


def curve_context(at: DeviceAt, factor: str) -> dict[str, Any]:
    """Tiles, hourly table and the words of the curve; the curve itself comes as JSON."""
    found = _curve(at, factor)
    tiles = {tile.factor: tile for tile in found.tiles}
    main = next((one for one in found.curves if one.factor == factor), None)
    starts, ends = found.starts, found.ends
    return {
        "curve": found,
        "factor": factor,
        "tiles": [tiles[name] for name in TILE_ORDER if name in tiles],
        "table": main,
        "has_curve": any(value is not None for one in found.curves for value in one.minutes),
        "curve_url": reverse("device-series", args=[at.device.ref]) + f"?factor={factor}",
        "curve_keys": curve_data.keys(found, factor),
        "curve_summary": curve_data.summary(found, factor),
        "no_curve_why": "收到分钟数据（CN 2051）后曲线自动出现。"
        if at.facts.heard.at
        else "设备还没有连上过。",
        "alarms": alarms.alarms_of_device(at.device.gateway_id, starts, ends)[:4],
    }


def month_context(at: DeviceAt) -> dict[str, Any]:
    """The card of the current month."""
    found = month.month_counts(at.device.gateway_id, clock.shanghai_day(at.now), at.now)
    first = next(
        (run for run in found.pending if run.cure_until is not None and run.cure_until > at.now), None
    )
    return {
        "month": found,
        "backfill": _back_fill(at, first) if first else None,
        "month_rows": words.month_rows(found),
        "month_percent": words.month_percent(found),
        "credit_sentence": words.credit_sentence(found),
        "outcomes": words.outcomes(
            found, (slot_base(at), reverse("device-month", args=[at.device.ref])), at.now
        ),
        "month_url": reverse("device-month", args=[at.device.ref]),
        "rules_url": reverse("rate-rules"),
    }


def strip_context(at: DeviceAt) -> dict[str, Any]:
    """30 days by 24 hours with notes on platform faults."""
    found = strip.hour_strip(at.device.gateway_id, at.now)
    today = clock.shanghai_day(at.now)
    drawing = strip_drawing.draw(found, today, strip_drawing.month_words(found))
    faults = connections.platform_faults(at.now - timedelta(days=30), at.now)
    return {
        "strip": drawing,
        "strip_summary": "30 天逐时到达：" + "，".join(f"{label} {n} 小时" for _, label, n in drawing.legend),
        "pick": strip_drawing.latest_missed(found),
        "hours_url": reverse("device-hours", args=[at.device.ref]),
        "slot_base": slot_base(at),
        "strip_notes": [_fault_note(fault) for fault in faults[:2]],
    }


def frames_context(at: DeviceAt, chosen: str) -> dict[str, Any]:
    """The newest frames, one of them open byte by byte."""
    views = frames.last_frames(at.device.gateway_id, FRAME_LIMIT)
    default = next((view for view in views if view.line.cn == 2051), views[0] if views else None)
    frame = next((view for view in views if micros(view.line.received_at) == chosen), default)
    return open_frame(at, frame) | {
        "frame_lines": [
            {
                "view": view,
                "current": view is frame,
                "href": f"?frame={micros(view.line.received_at)}#h-frames",
            }
            for view in views
        ],
        "no_frames_why": f"把设备的上报地址设为本平台，端口 {_gateway_port()}，MN {at.device.mn}。",
    }


def open_frame(at: DeviceAt, frame: frames.FrameView | None) -> dict[str, Any]:
    """What the byte view of one frame needs; None = no frame open."""
    return {
        "frame": frame,
        "frame_rows": frame_drawing.rows(frame) if frame else (),
        "factor_rows": frame_drawing.factor_rows(frame, pm_unit(at)) if frame else (),
    }


def micros(instant: datetime) -> str:
    """Microseconds of an instant, the name of a received frame in an address."""
    return str((instant - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1))


def quarantine_context(at: DeviceAt) -> dict[str, Any]:
    """Refused frames by reason and the last of them."""
    found = quarantine.quarantine_of_device(at.device.gateway_id, at.now)
    top = max((count.n for count in found.counts), default=1) or 1
    bars = [
        {"label": c.label, "reason": c.reason, "n": c.n, "width": f"{100 * c.n / top:.1f}"}
        for c in found.counts
    ]
    return {"quarantine": found, "quarantine_bars": bars}


def ask_back_fill(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Ask the device for exactly its earliest outstanding interval (请求补传)."""
    at = find(request.scope, ref)
    found = month.month_counts(at.device.gateway_id, clock.shanghai_day(at.now), at.now)
    run = next((one for one in found.pending if one.cure_until is not None and one.cure_until > at.now), None)
    if run is None:
        messages.info(request, "现在没有可以补传的时段")
    else:
        ask = service.BackFillAsk(at.device.gateway_id, run, request.user.get_username())
        try:
            service.ask_back_fill(ask, now=at.now)
            messages.success(request, f"已请求补传 {span_text(run)}，设备应答后自动计入")
        except UnusableInput as refusal:
            messages.warning(request, str(refusal))
    return redirect("device", ref=at.device.ref)


def _back_fill(at: DeviceAt, run: StateRun) -> dict[str, str]:
    return {"href": reverse("device-back-fill", args=[at.device.ref]), "text": span_text(run)}


def span_text(run: StateRun) -> str:
    """08:20–08:45, with the day when it is another one."""
    starts, ends = run.starts.astimezone(clock.SHANGHAI), run.ends.astimezone(clock.SHANGHAI)
    if starts.date() == ends.date():
        return f"{starts:%H:%M}–{ends:%H:%M}"
    return f"{starts:%m-%d %H:%M} – {ends:%m-%d %H:%M}"


def slot_base(at: DeviceAt) -> str:
    """Address of the hours of this device, up to the day."""
    return reverse("device", args=[at.device.ref]) + "hours/"


def _fault_note(fault: connections.PlatformFaultWindow) -> dict[str, str]:
    gate = "全部网关" if fault.gateway_id is None else f"网关 {fault.gateway_id}"
    until = mdhm(fault.ends) if fault.ends else "至今"
    text = f"{mdhm(fault.starts)} – {until} {gate} {fault.cause or '停收'}，平台责任，已从应传剔除"
    return {"state": "platform_fault", "text": text, "href": reverse("status"), "link": "状态页"}


def _curve(at: DeviceAt, factor: str) -> curve.DayCurve:
    return curve.day_curve(at.device.gateway_id, at.now, curve_data.settings(factor, at.project.division_id))


def _factor(request: HttpRequest) -> str:
    asked = request.GET.get("factor", "pm10")
    return asked if asked in TILE_ORDER else "pm10"


def _gateway_port() -> int:
    from django.conf import settings

    return int(settings.CONFIG.hj212_port)


def day_of(text: str) -> date:
    """A day in an address; 404 when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404("没有这一天") from None
