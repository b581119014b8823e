"""隔离报文与冲突的清单：原因、坏处、吻合的诊断；省级还看得到没有登记的来源。"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render

from gongdi.equipment import queries as equipment
from gongdi.ingest.rows import VALUE_COLUMNS
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Role
from gongdi.monitor.queries import frames, quarantine
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest
from gongdi.protocols.hj212 import damage
from gongdi.protocols.hj212.words import REASON_LABELS
from gongdi.telemetry.factors import FACTORS
from gongdi.web.drawing import frames as frame_drawing
from gongdi.web.pages.device import find, open_frame
from gongdi.web.pages.device_lists import Chip, list_head

DAYS, SIZE = 30, 20
_PARTS = (("avg", "均值"), ("min", "最小"), ("max", "最大"))


def quarantine_list(request: ScopedRequest) -> HttpResponse:
    """Refused frames of all devices in the scope; the province sees unknown senders as well."""
    _may(request)
    now, visible = clock.now(), equipment.visible(request.scope).filter(kind="dust")
    everyone = request.scope.role is Role.PROVINCE
    context = _page(request.GET, None if everyone else visible.values("gateway_device_id"), now)
    ids = [line["row"].device_id for line in context["lines"]]
    rows = visible.filter(gateway_device_id__in=ids).select_related("project")
    devices = {device.gateway_device_id: device for device in rows}
    for line in context["lines"]:
        line["device"] = devices.get(line["row"].device_id)
    return render(request, "pages/quarantine.html", context | {"now": now, "everyone": everyone})


def device_quarantine(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Refused frames of one device."""
    _may(request)
    at = find(request.scope, ref)
    own = equipment.visible(request.scope).filter(pk=at.device.id).values("gateway_device_id")
    context = list_head(at, request, "device-quarantine", "隔离报文") | _page(request.GET, own, at.now)
    return render(request, "pages/device_quarantine.html", context)


def device_conflicts(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Second values that came under a stored minute: both sets side by side, the frame byte by byte."""
    _may(request)
    at = find(request.scope, ref)
    since = at.now - timedelta(days=DAYS)
    page = listing.number(request.GET, "page")
    total, views = quarantine.conflicts_page(
        at.device.gateway_id, since, slice((page - 1) * SIZE, page * SIZE)
    )
    pager, _ = listing.pager(request.GET, total, f"{DAYS} 天内 {total:,} 次", SIZE)
    opened = next((one for one in views if str(one.conflict.id) == request.GET.get("open")), None)
    frame = frames.explain_frame(opened.raw, opened.conflict.received_at) if opened else None
    context = list_head(at, request, "device-conflicts", "同时刻两个值")
    context |= open_frame(at, frame) | {
        "lines": [
            {"one": one.conflict, "differences": _differences(one), "href": listing.address(request.GET, open=str(one.conflict.id), page=str(page)) + "#frame-text"}
            for one in views
        ],
        "pager": pager,
        "days": DAYS,
    }  # fmt: skip
    return render(request, "pages/device_conflicts.html", context)


def _may(request: ScopedRequest) -> None:
    if not request.scope.may_read(DataKind.FRAMES):
        raise Http404("没有这一页")


def _page(query: QueryDict, devices: QuerySet[Any] | None, now: datetime) -> dict[str, Any]:
    reason, page = listing.choice(query, "reason", list(REASON_LABELS)), listing.number(query, "page")
    found = quarantine.refused_page(
        devices, now - timedelta(days=DAYS), reason, slice((page - 1) * SIZE, page * SIZE)
    )
    pager, _ = listing.pager(query, found.total, f"{DAYS} 天内 {found.total:,} 包", SIZE)
    every = sum(count.n for count in found.counts)
    chips = [Chip("全部", every, listing.address(query, reason=""), not reason)]
    chips += [Chip(one.label, one.n, listing.address(query, reason=one.reason), one.reason == reason) for one in found.counts]  # fmt: skip
    return {"lines": [_line(row) for row in found.rows], "chips": chips, "pager": pager, "days": DAYS, "reason": reason}  # fmt: skip


def _line(row: quarantine.Refused) -> dict[str, Any]:
    places = damage.damages(row.data, row.frame.reason, row.device_no)
    return {
        "row": row,
        "places": places,
        "bytes": frame_drawing.damaged_rows(row.data, places),
        "cause": damage.cause(row.data),
    }


def _differences(view: quarantine.ConflictView) -> tuple[dict[str, Any], ...]:
    """Values that differ between what was kept and what came, in the order of the factors."""
    found = []
    listed = view.came.get("values")
    came = dict(zip(VALUE_COLUMNS, listed, strict=False)) if isinstance(listed, list) else view.came
    for factor in FACTORS:
        for part, word in _PARTS:
            column = f"{factor.name}_{part}"
            kept, new = _value(view.kept, column), _value(came, column)
            if view.kept and column in came and kept != new:
                found.append(
                    {"label": f"{factor.label} {word}", "kept": kept, "came": new, "unit": factor.unit}
                )
    return tuple(found)


def _value(values: Mapping[str, Any], column: str) -> float | None:
    value = values.get(column)
    return round(float(value), 2) if isinstance(value, int | float) else None
