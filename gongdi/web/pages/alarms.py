"""超标报警：范围内设备的小时超标，按类别、状态、天数和项目筛选，筛选全在网址里。"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render

from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Scope
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest
from gongdi.telemetry.queries import alarms, hours
from gongdi.web.drawing import sparkline
from gongdi.web.pages.device_lists import Chip

SIZE, CARD = 50, 4
SPANS = (("1", "24 小时"), ("7", "7 天"), ("30", "30 天"))


@dataclass(frozen=True, slots=True)
class Line:
    """One exceedance with its device and project."""

    alarm: alarms.AlarmLine
    device: Any

    @property
    def state(self) -> str:
        """Word of its state."""
        return alarms.STATE_LABELS[self.alarm.state]


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of the card: device, newest exceedance, hours of the last day with the limit drawn."""

    line: Line
    spark: str
    limit: float


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


def card(scope: Scope, now: datetime) -> dict[str, Any] | None:
    """The card of the workbench: exceedances of the last 24 h, the newest of each device with its course."""
    kinds = kinds_of(scope)
    if not kinds:
        return None
    devices = _devices(scope, "")
    ask = alarms.AlarmAsk(now - timedelta(days=1), now, kinds, ("raised", "listed"))
    counts, found = alarms.alarm_page(devices.values("gateway_device_id"), ask, slice(0, 60))
    newest: dict[int, alarms.AlarmLine] = {}
    for one in found:
        newest.setdefault(one.device_id, one)
    lines = named(devices, list(newest.values())[:CARD])
    values = hours.hour_values([one.alarm.device_id for one in lines], now - timedelta(days=1), now)
    return {
        "n": sum(n for (kind, state), n in counts.items() if kind in kinds and state in ask.states),
        "devices": len(newest),
        "more": len(found) == 60,
        "lines": [_card_line(one, values.get(one.alarm.device_id, [])) for one in lines],
    }


def kinds_of(scope: Scope) -> tuple[str, ...]:
    """Kinds of exceedance that a scope may read."""
    dust = ("pm10",) if scope.may_read(DataKind.DUST) else ()
    noise = ("noise_day", "noise_night") if scope.may_read(DataKind.NOISE) else ()
    return dust + noise


def named(devices: QuerySet[Any], found: Any) -> list[Line]:
    """The alarms with their devices (1 query)."""
    rows = devices.filter(gateway_device_id__in={one.device_id for one in found})
    known = {row.gateway_device_id: row for row in rows.select_related("project", "project__division")}
    return [Line(one, known.get(one.device_id)) for one in found]


def _devices(scope: Scope, word: str) -> QuerySet[Any]:
    rows = equipment.visible(scope).filter(kind="dust")
    if word:
        rows = rows.filter(Q(name__icontains=word) | Q(mn__icontains=word) | Q(project__name__icontains=word))
    return rows


def _card_line(line: Line, values: list[tuple[datetime, float | None, float | None]]) -> CardLine:
    course = [pm10 if line.alarm.kind == "pm10" else noise for _, pm10, noise in values]
    drawn = sparkline.with_limit(course, line.alarm.limit)
    return CardLine(line, drawn[0], drawn[1])
