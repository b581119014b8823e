"""缺传解释：一句话说清这个小时的状态和原因，证据、还能怎么补、对当天的影响。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.monitor.queries.slot import SlotExplanation, explain_slot
from gongdi.pages.requests import ScopedRequest
from gongdi.returns import evidence
from gongdi.telemetry.queries import gateways
from gongdi.telemetry.queries.coverage import device_days
from gongdi.telemetry.queries.states import SlotState, StateRun, joined, state_runs
from gongdi.telemetry.terms import load_terms
from gongdi.web.drawing import lanes
from gongdi.web.pages.device import DeviceAt, day_of, find, project_href, project_line, slot_base

_STEP, _WIDTH = 18, 15.4
_ICONS = {
    "sample": ("radio-tower", "ok"),
    "connection": ("unplug", ""),
    "platform": ("server", "ok"),
    "exemption": ("calendar-off", ""),
    "decided": ("circle-x", "bad"),
}


@dataclass(frozen=True, slots=True)
class Minute:
    """One of the sixty minutes."""

    x: float
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Brace:
    """A run under the minutes: from x to x with its words."""

    left: float
    right: float
    middle: float
    words: str
    state: str


def slot_page(request: ScopedRequest, ref: UUID, day: str, hour: int) -> HttpResponse:
    """Why one hour of one device is what it is."""
    at = find(request.scope, ref)
    wanted = day_of(day)
    if not 0 <= hour <= 23 or abs((wanted - clock.shanghai_day(at.now)).days) > 800:
        raise Http404("没有这个小时")
    found = explain_slot(at.device.gateway_id, wanted, hour, at.now)
    return render(request, "pages/slot.html", context(at, found) | lanes_context(at, found))


def lanes_context(at: DeviceAt, found: SlotExplanation) -> dict[str, Any]:
    """The records side by side and the evidence sheet made of them."""
    starts = clock.day_start(found.day) + timedelta(hours=found.hour)
    shown = lanes.window(starts, found.last_before, found.first_after)
    probes = gateways.probe_minutes(shown.starts, min(shown.ends, at.now))
    others = equipment.devices_of_projects([at.project.pk]).get(at.project.pk, [])
    second = next((one for one in others if one.id != at.device.id and one.in_service_to is None), None)
    beside = lanes.of_runs(shown, _runs(second.gateway_id, shown, at.now)) if second else ()
    rows = (
        (
            f"{at.device.name} 样本",
            lanes.of_runs(shown, _runs(at.device.gateway_id, shown, at.now)),
            "没有应传",
        ),
        ("设备连接", lanes.of_connections(shown, found.connections, at.now), "没有连接记录"),
        ("平台探针", lanes.of_minutes(shown, probes), "没有探针记录"),
        (
            f"{second.name} 样本" if second else "另一台设备",
            beside,
            "没有应传" if second else "本工地没有第二台",
        ),
        ("设备供电", (), "未接入"),
        ("出入口视频", (), "未接入"),
    )
    drawn = lanes.stacked(rows)
    items = evidence.items(found, [one for one in probes if starts <= one < starts + timedelta(hours=1)])
    return {
        "lanes": drawn,
        "window": shown,
        "lanes_bottom": lanes.TOP + lanes.STEP * len(drawn),
        "hour_x": shown.x(starts),
        "hour_width": round(shown.x(starts + timedelta(hours=1)) - shown.x(starts), 1),
        "evidence": items,
        "check": evidence.check(items),
        "missing_url": reverse("device-hours", args=[at.device.ref]) + "?state=missing",
    }


def _runs(gateway_id: int, shown: lanes.Window, now: datetime) -> list[StateRun]:
    """States of the samples of one device over the window (3 queries)."""
    first, last = clock.shanghai_day(shown.starts), clock.shanghai_day(shown.ends)
    days, terms = device_days(gateway_id, first, last), load_terms()
    return joined(
        [run for day in sorted(days.maps) for run in state_runs(days.of(day), days.clock(day, terms), now)]
    )


def context(at: DeviceAt, found: SlotExplanation) -> dict[str, Any]:
    """Everything the page says."""
    starts = clock.day_start(found.day) + timedelta(hours=found.hour)
    return {
        "now": at.now,
        "device": at.device,
        "project": project_line(at.project),
        "found": found,
        "starts": starts,
        "ends": starts + timedelta(hours=1),
        "state": found.state.value if found.state else "none",
        "state_label": found.state.label if found.state else "不应传或未开始",
        "minutes": minutes(found, starts),
        "braces": braces(found.runs, starts),
        "events": [_event(one) for one in found.evidence],
        "crumbs": (
            {"label": "扬尘噪声", "href": reverse("devices")},
            {"label": at.project.name, "href": project_href(at.project)},
            {"label": at.device.name, "href": reverse("device", args=[at.device.ref])},
            {"label": f"{found.day:%m-%d} {found.hour:02d} 时", "href": ""},
        ),
        "previous": _neighbour(at, found.day, found.previous_missing),
        "next": _neighbour(at, found.day, found.next_missing),
        "effect": effect(found),
    }


def minutes(found: SlotExplanation, starts: datetime) -> tuple[Minute, ...]:
    """The sixty minutes of the hour with their states."""
    marks: list[Minute] = []
    for index, state in enumerate(found.minutes):
        label = state.label if state else "不应传"
        marks.append(
            Minute(index * _STEP, state.value if state else "none", f"{found.hour:02d}:{index:02d} {label}")
        )
    return tuple(marks)


def braces(runs: tuple[StateRun, ...], starts: datetime) -> tuple[Brace, ...]:
    """Braces under runs of three minutes and more."""
    found: list[Brace] = []
    for run in runs:
        begin = max(0, int((run.starts - starts).total_seconds() // 60))
        end = min(60, int((run.ends - starts).total_seconds() // 60))
        if end - begin < 3 or run.state is None:
            continue
        left, right = begin * _STEP, (end - 1) * _STEP + _WIDTH
        span = f"{run.starts.astimezone(clock.SHANGHAI):%H:%M}–{(run.ends - timedelta(minutes=1)).astimezone(clock.SHANGHAI):%H:%M}"
        words = (
            f"{span}　{run.state.label} {end - begin}"
            if end - begin > 7
            else f"{run.state.label} {end - begin}"
        )
        found.append(Brace(left, right, (left + right) / 2, words, run.state.value))
    return tuple(found)


def effect(found: SlotExplanation) -> list[dict[str, str]]:
    """What the hour costs: itself and the device-day, now and if it were valid."""
    now, needed = found.effect, found.needed_minutes
    missing = 1 if found.state in (SlotState.MISSING, SlotState.PENDING) else 0
    rows = [{"label": "本小时", "below": f"要 {needed}/{found.due_minutes} 分钟", "now": f"{found.valid_minutes}/{found.due_minutes}", "then": f"{needed}/{found.due_minutes} 起"}]  # fmt: skip
    day_now = f"{now.valid_hours}/{now.expected_hours}"
    day_then = f"{now.valid_hours + missing}/{now.expected_hours}"
    below = f"要 {now.needed_hours} 小时" if now.needed_hours is not None else "当天没有应传小时"
    rows.append({"label": f"{found.day:%m-%d} 有效小时", "below": below, "now": day_now, "then": day_then})
    if now.credit is not None:
        then = now.credit_if_valid if now.credit_if_valid is not None else now.credit
        rows.append(
            {"label": "当日得分", "below": "达标得 1，不足按比例", "now": str(now.credit), "then": str(then)}
        )
    return rows


def _event(one: Any) -> dict[str, Any]:
    icon, tone = _ICONS.get(one.kind, ("info", ""))
    return {
        "icon": icon,
        "tone": tone,
        "at": one.at,
        "until": one.until,
        "title": one.title,
        "detail": one.detail,
    }


def _neighbour(at: DeviceAt, day: date, hour: int | None) -> dict[str, str] | None:
    if hour is None:
        return None
    return {"href": f"{slot_base(at)}{day:%Y-%m-%d}/{hour}", "label": f"{hour:02d} 时"}
