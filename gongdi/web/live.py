"""实时事件 /live：异步视图，打开期间不占数据库连接，每 60 秒重新核对权限。"""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from gongdi.equipment import bench
from gongdi.equipment import queries as equipment
from gongdi.kernel.scope import DataKind
from gongdi.orgs.queries import active_user
from gongdi.pages.requests import plain
from gongdi.web.guard import scope_of_request
from gongdi.web.hub import Hub, Subscriber

HEARTBEAT_S = 15.0
CHECK_S = 60.0
SPACING_S = 0.25
HUB = Hub(lambda: settings.CONFIG.dsn("app"))


async def live(request: HttpRequest) -> HttpResponseBase:
    """Stream of `sample` events: {"device": gateway id}; only devices inside the scope."""
    trial = "trial" in request.GET
    wanted = _ref(request.GET.get("trial" if trial else "device", ""))
    if wanted is False:
        return plain("没有这台设备\n", 404)
    ids = await allowed_ids(request, wanted, trial)
    if ids is None:
        return plain("没有这台设备\n", 404)
    response = StreamingHttpResponse(
        _stream(request, wanted, ids, trial), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _ref(text: str) -> UUID | bool | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        return False


async def _stream(
    request: HttpRequest, wanted: UUID | bool | None, ids: frozenset[int], trial: bool
) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    subscriber = HUB.join(ids)
    check_at = loop.time() + CHECK_S
    try:
        yield "retry: 3000\n\n"
        while True:
            yield await _next(subscriber)
            if subscriber.closed:
                return
            if loop.time() >= check_at:
                now_allowed = await allowed_ids(request, wanted, trial)
                if now_allowed is None:
                    yield 'event: end\ndata: {"why": "权限已变化"}\n\n'
                    return
                subscriber.ids = now_allowed
                check_at = loop.time() + CHECK_S
            await asyncio.sleep(SPACING_S)
    finally:
        HUB.leave(subscriber)


async def _next(subscriber: Subscriber) -> str:
    try:
        await asyncio.wait_for(subscriber.wake.wait(), HEARTBEAT_S)
    except TimeoutError:
        return ": 心跳\n\n"
    arrived, lost = subscriber.take()
    if lost:
        return "event: sample\ndata: {}\n\n"
    return "".join(f"event: sample\ndata: {json.dumps({'device': key})}\n\n" for key in sorted(arrived)[:50])


@sync_to_async
def allowed_ids(
    request: HttpRequest, wanted: UUID | bool | None, trial: bool = False
) -> frozenset[int] | None:
    """Gateway ids the session may hear of now; None when it may not hear at all. Gives its connection back.

    `trial`: of the trial device (测试设备) `wanted`, else of devices.
    """
    try:
        user_id = request.user.pk
        if not isinstance(user_id, int) or active_user(user_id) is None:
            return None
        if not request.session.exists(request.session.session_key or ""):
            return None
        scope = scope_of_request(request)
        if not scope.may_read(DataKind.DUST):
            return None
        if trial:
            own = bench.visible_trials(scope).filter(ref__in=[wanted])
            return frozenset(own.values_list("gateway_device_id", flat=True)) or None
        rows = equipment.visible(scope)
        if isinstance(wanted, UUID):
            rows = rows.filter(ref=wanted)
        found = frozenset(rows.values_list("gateway_device_id", flat=True))
        return found if found or wanted is None else None
    finally:
        connections.close_all()
