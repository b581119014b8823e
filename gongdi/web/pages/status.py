"""公开的平台状态页、健康检查、算法说明。"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.utils import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from gongdi.kernel import clock
from gongdi.monitor.queries import connections
from gongdi.pages.requests import plain, public
from gongdi.telemetry.queries.gateways import GatewayLine, gateway_lines

FRESH = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class PartState:
    """State of one part of the platform (网页, 扬尘接收, 视频接入): words, tone and time; no data, no word 正常."""

    label: str
    tone: str
    word: str
    at: datetime | None


@public
def status_page(request: HttpRequest) -> HttpResponse:
    """Platform state and fault windows of the last 30 days, open to everybody."""
    now = clock.now()
    return render(request, "pages/status.html", status_context(now) | {"system_name": settings.SYSTEM_NAME})


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return plain("数据库没有应答\n", 503)
    return plain("ok\n")


@public
def rate_rules(request: HttpRequest) -> HttpResponse:
    """How the dust rate is computed, in words (算法)."""
    return render(request, "pages/rate_rules.html", {"system_name": settings.SYSTEM_NAME})


@public
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon that browsers ask for at the root."""
    return redirect(static("favicon.svg"))


def status_context(now: datetime) -> dict[str, Any]:
    """Parts, canaries of the last hour per gateway, fault windows."""
    gateways = gateway_lines(now)
    faults = connections.platform_faults(now - timedelta(days=30), now)
    open_fault = next((fault for fault in faults if fault.ends is None), None)
    parts = (
        PartState("网页", "ok", "正常", now),
        _dust_part(gateways, open_fault, now),
        PartState("视频接入", "none", "尚未接入", None),
    )
    bad = any(part.tone == "bad" for part in parts)
    unknown = any(part.label == "扬尘接收" and part.tone == "none" for part in parts)
    title = "平台有故障" if bad else "扬尘接收尚无探针记录" if unknown else "平台运行正常"
    return {"now": now, "parts": parts, "bad": bad, "unknown": unknown, "title": title, "gateways": gateways, "faults": faults}  # fmt: skip


def _dust_part(gateways: tuple[GatewayLine, ...], fault: Any, now: datetime) -> PartState:
    last = max((one.last for one in gateways if one.last), default=None)
    if last is None:
        return PartState("扬尘接收", "none", "暂无探针记录", None)
    if fault is not None or now - last > FRESH:
        return PartState("扬尘接收", "bad", "停收", last)
    return PartState("扬尘接收", "ok", "正常", last)
