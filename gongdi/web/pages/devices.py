"""扬尘设备清单与待登记设备。"""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render

from gongdi.boards.workbench.inventory import in_service
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.monitor.queries import quarantine
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest
from gongdi.telemetry.queries import facts
from gongdi.web.pages.device_words import SILENT_AFTER


def device_list(request: ScopedRequest) -> HttpResponse:
    """Dust devices inside the scope, last facts of each."""
    if not request.scope.may_read(DataKind.DUST):
        raise Http404("没有这一页")
    now = clock.now()
    return render(request, "pages/devices.html", page(request.scope, request.GET, now) | {"now": now})


def page(scope: Scope, query: QueryDict, now: datetime) -> dict[str, Any]:
    """Rows of one page; the filter 无声 looks at the last facts."""
    q, state = listing.text(query, "q"), listing.choice(query, "state", ("silent", "heard"))
    rows = in_service(scope)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(mn__icontains=q) | Q(project__name__icontains=q))
    if state:
        heard = facts.heard_since(now - SILENT_AFTER)
        rows = (
            rows.filter(gateway_device_id__in=heard)
            if state == "heard"
            else rows.exclude(gateway_device_id__in=heard)
        )
    total = rows.count()
    pager, offset = listing.pager(query, total, f"共 {total:,} 台")
    shown = list(
        rows.select_related("project", "project__division").order_by("project__number", "name", "id")[
            offset : offset + listing.PAGE_SIZE
        ]
    )
    last = facts.device_lines([row.gateway_device_id for row in shown])
    return {
        "lines": [{"device": row, "line": (line := last.get(row.gateway_device_id)), "silent": _is_silent(line, now)} for row in shown],
        "pager": pager,
        "total": total,
        "q": q,
        "state": state,
        "states": [{"key": key, "label": label, "href": listing.address(query, state=key)} for key, label in (("", "全部"), ("heard", "有声"), ("silent", "无声"))],
    }  # fmt: skip


def pending_devices(request: ScopedRequest) -> HttpResponse:
    """Unknown device numbers that knock at the gateway; only the province may look."""
    if request.scope.role is not Role.PROVINCE or not request.scope.may_read(DataKind.FRAMES):
        raise Http404("没有这一页")
    now = clock.now()
    context = {"now": now, "rows": quarantine.pending_devices(100)}
    return render(request, "pages/pending_devices.html", context)


def _is_silent(line: facts.DeviceLine | None, now: datetime) -> bool:
    return line is None or line.heard_at is None or now - line.heard_at > SILENT_AFTER
