"""超标报警：范围内设备的小时超标，按类别、状态、天数和项目筛选，筛选全在网址里。"""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render

from gongdi.boards.workbench.alarm_card import kinds_of, named
from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.scope import Scope
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest
from gongdi.telemetry.queries import alarms
from gongdi.web.pages.device_lists import Chip

SIZE = 50
SPANS = (("1", "24 小时"), ("7", "7 天"), ("30", "30 天"))


def alarm_list(request: ScopedRequest) -> HttpResponse:
    """Exceedances inside the scope, newest first."""
    now, query = clock.now(), request.GET
    kinds = kinds_of(request.scope)
    if not kinds:
        raise Http404("没有这一页")
    kind = listing.choice(query, "kind", kinds)
    state = listing.choice(query, "state", list(alarms.STATE_LABELS))
    days = listing.choice(query, "days", [key for key, _ in SPANS]) or "7"
    word, page = listing.text(query, "q"), listing.number(query, "page")
    ask = alarms.AlarmAsk(
        now - timedelta(days=int(days)), now, (kind,) if kind else kinds, (state,) if state else ()
    )
    devices = _devices(request.scope, word)
    counts, found = alarms.alarm_page(
        devices.values("gateway_device_id"), ask, slice((page - 1) * SIZE, page * SIZE)
    )
    total = sum(n for (of, at), n in counts.items() if of in ask.kinds and state in ("", at))
    pager, _ = listing.pager(query, total, f"{total:,} 次超标，按小时计", SIZE)
    states = (("", "全部"), *alarms.STATE_LABELS.items())
    context = {
        "now": now,
        "lines": named(devices, found),
        "pager": pager,
        "total": total,
        "kinds": [(key, alarms.KIND_LABELS[key]) for key in kinds],
        "chosen": {"kind": kind, "state": state, "days": days, "q": word},
        "spans": SPANS,
        "chips": [
            Chip(label, sum(n for (of, at), n in counts.items() if of in ask.kinds and key in ("", at)), listing.address(query, state=key), key == state)
            for key, label in states
        ],
        "filtered": bool(kind or state or word),
    }  # fmt: skip
    return render(request, "pages/alarms.html", context)


def _devices(scope: Scope, word: str) -> QuerySet[Any]:
    rows = equipment.visible(scope).filter(kind="dust")
    if word:
        rows = rows.filter(Q(name__icontains=word) | Q(mn__icontains=word) | Q(project__name__icontains=word))
    return rows
