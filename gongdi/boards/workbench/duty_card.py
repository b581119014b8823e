"""要办的事：本单位的办件按期限排好，每件一条工作日时钟；审核超时不影响项目的日期。"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from gongdi.desk import queries as desk
from gongdi.kernel import clock
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.kernel.scope import Role, Scope
from gongdi.projects import duties
from gongdi.projects.rules import authority_clock

SHOWN = 12
VERBS = {"entry": "去审核", "stop": "去审批", "registration": "去审核"}
TONES = {"entry": "brand", "stop": "", "registration": "violet"}


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One duty as drawn: when, tag, what, why, boxes of the working-day clock, one button."""

    group: str
    when: str
    left: str
    late: bool
    tag: str
    tone: str
    title: str
    why: str
    boxes: tuple[str, ...]
    clock: str
    verb: str
    href: str


@dataclass(frozen=True, slots=True)
class _Item:
    kind: str
    word: str
    title: str
    why: str
    due: date
    number: int
    limit: int
    href: str
    at: datetime


def card(scope: Scope, now: datetime) -> dict[str, Any] | None:
    """The duties of the own body, those over time first; None for whoever is no body (7 queries)."""
    if scope.authority_id is None:
        return None
    today, found = clock.shanghai_day(now), _items(scope, now)
    lines = [_line(item, today) for item in found]
    groups: dict[str, list[DutyLine]] = {}
    for line in lines[:SHOWN]:
        groups.setdefault(line.group, []).append(line)
    return {
        "n": len(lines),
        "late": sum(line.group == "超时" for line in lines),
        "today": sum(line.group == "今天到期" for line in lines),
        "groups": list(groups.items()),
        "more": max(0, len(lines) - SHOWN),
        "next": _next_working(today),
    }


def _items(scope: Scope, now: datetime) -> list[_Item]:
    policy, calendar = policy_set(), working_calendar()
    found = [
        _Item(one.kind, one.word, one.project_name, one.why, one.due_day, one.day_number, one.limit_days, _address(one), one.submitted_at)
        for one in duties.duties_of_authority(scope, now, policy, calendar)
    ]  # fmt: skip
    if scope.role in (Role.PROVINCE, Role.CITY, Role.COUNTY):
        found += _registrations(scope, scope.authority_id or 0, now)
    return sorted(found, key=lambda item: (item.due, item.at))


def _registrations(scope: Scope, body: int, now: datetime) -> list[_Item]:
    """Registrations of enterprises that wait for the own body."""
    calendar, today, found = working_calendar(), clock.shanghai_day(now), []
    rows = desk.registrations(scope).filter(state="submitted", authority_id=body)
    for row in rows.order_by("due_on", "id")[:SHOWN]:
        first = clock.shanghai_day(row.submitted_at)
        limit = desk.remaining(row.due_on, first, calendar)
        number = authority_clock(row.submitted_at, today, limit, calendar).day_number
        found.append(_Item("registration", "企业注册", row.name, f"{row.contact_name} 提交，核对授权书", row.due_on, number, limit, reverse("registration", args=[row.ref]), row.submitted_at))  # fmt: skip
    return found


def _address(one: duties.Duty) -> str:
    """The page of the duty, the project while that page does not exist."""
    try:
        return reverse(one.url_name, args=[one.ref])
    except NoReverseMatch:
        return reverse("project", args=[one.project_ref])


def _line(item: _Item, today: date) -> DutyLine:
    left = (item.due - today).days
    late = item.number > item.limit
    group = "超时" if late else "今天到期" if left <= 0 else "之后到期"
    when = "今日 24:00" if group == "今天到期" else f"{item.due:%m-%d}"
    words = f"逾期 {-left} 天" if late else "今天办完" if left <= 0 else f"剩 {left} 天"
    why = f"{item.why} · {item.at.astimezone(clock.SHANGHAI):%m-%d %H:%M} 提交"
    return DutyLine(
        group, when, words, late, item.word, TONES[item.kind], item.title, why,
        boxes(item.number, item.limit), f"第 {item.number} 天，限 {item.limit} 个工作日",
        VERBS[item.kind], item.href,
    )  # fmt: skip


def boxes(number: int, limit: int) -> tuple[str, ...]:
    """One box a working day: past, today, to come; all late once the limit has passed."""
    if number > limit:
        return ("late",) * limit
    return tuple("now" if n == number else "past" if n < number else "" for n in range(1, limit + 1))


def _next_working(today: date) -> date:
    return working_calendar().working_days_after(today, 1)
