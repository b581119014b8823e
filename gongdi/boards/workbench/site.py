"""项目部首页，手机优先：今天要办几件，今天和昨天少了什么、为什么、谁来补、到几点，本月三路 n/N。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from gongdi.boards.projects.duties import of_page
from gongdi.boards.projects.gaps import dust_gaps
from gongdi.boards.projects.lines import access_words
from gongdi.boards.workbench import alarm_card
from gongdi.boards.workbench.board import board as figures_of
from gongdi.boards.workbench.certificates import expiring
from gongdi.boards.workbench.inventory import inventory_of
from gongdi.equipment import queries as equipment
from gongdi.equipment.queries import DeviceFacts
from gongdi.kernel import clock
from gongdi.kernel.exact import percent_text, ratio
from gongdi.kernel.scope import Scope
from gongdi.monitor.queries.strip import StripDay, strip_day
from gongdi.projects.models import Project, ProjectPost
from gongdi.returns import queries as returns
from gongdi.telemetry.queries.coverage import DeviceDays, device_days
from gongdi.telemetry.queries.states import SlotState, StateRun, state_runs
from gongdi.telemetry.terms import Terms, load_terms

KINDS = {
    SlotState.ON_TIME: "ok", SlotState.BACK_FILLED: "ok", SlotState.PENDING: "wait", SlotState.MISSING: "gap",
    SlotState.EXEMPT: "free", SlotState.PLATFORM_FAULT: "free",
}  # fmt: skip
LACKING = (SlotState.PENDING, SlotState.MISSING)


@dataclass(frozen=True, slots=True)
class DayGap:
    """One device on one day: received of due samples, the longest gap, 24 boxes, until when it can be filled."""

    device: DeviceFacts
    day: date
    title: str
    percent: str
    received: int
    due: int
    say: str
    boxes: tuple[str, ...]
    until: datetime | None
    href: str
    samples: int


@dataclass(frozen=True, slots=True)
class Task:
    """One thing due: when, what, why, where it is done."""

    when: str
    tone: str
    what: str
    why: str
    verb: str
    href: str


def board(scope: Scope, now: datetime) -> dict[str, Any]:
    """The home page of a project; without a project the figures alone, which say so."""
    context = figures_of(scope, now)
    project = (
        Project.objects.filter(pk__in=scope.project_ids).select_related("contractor", "division").first()
    )
    if project is None:
        return context | {"project": None}
    today = clock.shanghai_day(now)
    devices = equipment.devices_of_projects([project.pk]).get(project.pk, [])
    running = [one for one in devices if one.in_service_to is None]
    gaps = _gaps(running, now)
    tasks = _tasks(project, gaps, scope, now)
    word, tone, below = access_words(project, today)
    return context | {
        "project": project,
        "devices_n": len(devices),
        "tasks": tasks,
        "today_n": sum(task.tone == "bad" for task in tasks),
        "gaps": gaps,
        "lost": [row for row in dust_gaps(project, running, now).rows if row.until is None],
        "rate": returns.rate_of_project(project.pk, today),
        "access": (word, tone, below),
        "alarms": alarm_card.card(scope, now),
        "certificates": expiring(scope, inventory_of(scope, now)),
        "people": _phones(project),
    }  # fmt: skip


def _gaps(devices: list[DeviceFacts], now: datetime) -> list[DayGap]:
    """Yesterday's and today's gaps of each device, the worst first (1 query a device)."""
    terms, today = load_terms(), clock.shanghai_day(now)
    found: list[DayGap] = []
    for device in devices:
        days = device_days(device.gateway_id, today - timedelta(days=1), today)
        for day, word in ((today, "今天"), (today - timedelta(days=1), "昨天")):
            gap = _gap(device, days, (day, word), terms, now)
            if gap is not None:
                found.append(gap)
    return sorted(found, key=lambda one: (one.day, one.samples), reverse=True)


def _gap(
    device: DeviceFacts, days: DeviceDays, named: tuple[date, str], terms: Terms, now: datetime
) -> DayGap | None:
    """None when nothing lacks; samples that may still come on time are not lacking."""
    day, word = named
    maps, held = days.of(day), days.clock(day, terms)
    late = now - timedelta(minutes=terms.of(day).on_time_minutes)
    runs = [run for run in state_runs(maps, held, now) if run.state is not None]
    runs = [run for run in runs if run.ends <= late]
    lacking = [run for run in runs if run.state in LACKING]
    missing = sum(run.samples for run in lacking)
    due = sum(run.samples for run in runs if run.state not in (SlotState.EXEMPT, SlotState.PLATFORM_FAULT))
    if not missing:
        return None
    longest = max(lacking, key=lambda run: run.samples)
    column = strip_day(days, day, terms, now)
    at = longest.starts.astimezone(clock.SHANGHAI)
    share = percent_text(ratio(due - missing, due)) or ""
    return DayGap(
        device, day, f"{word}{_short(column, missing)}", share, due - missing, due, _say(device, longest, len(lacking)),
        tuple(KINDS[cell.state] if cell.state else "none" for cell in column.cells),
        min((run.cure_until for run in lacking if run.cure_until), default=None),
        reverse("slot", args=[device.ref, f"{at:%Y-%m-%d}", at.hour]), missing,
    )  # fmt: skip


def _short(column: StripDay, samples: int) -> str:
    hours = sum(cell.state in LACKING and not cell.in_progress for cell in column.cells)
    return f"扬尘少 {hours} 小时" if hours else f"扬尘少 {samples:,} 个样本"


def _say(device: DeviceFacts, run: StateRun, n: int) -> str:
    """One sentence: which device, from when to when nothing came, whether it can still be sent."""
    starts, ends = (one.astimezone(clock.SHANGHAI) for one in (run.starts, run.ends))
    end = "24:00" if ends.date() != starts.date() else f"{ends:%H:%M}"
    more = f"，另有 {n - 1} 段" if n > 1 else ""
    rest = (
        "数据若还在设备里，补传到了就不算缺" if run.state is SlotState.PENDING else "补传期已过，这一段已缺"
    )
    return f"{device.name} {starts:%H:%M}–{end} 没有数据到达{more}，{rest}。"


def _tasks(project: Project, gaps: list[DayGap], scope: Scope, now: datetime) -> list[Task]:
    """What is due, the nearest first; legal records and inspections join when they exist."""
    today, found = clock.shanghai_day(now), []
    for gap in gaps:
        if gap.until is not None:
            at = gap.until.astimezone(clock.SHANGHAI)
            tone = "bad" if at.date() == today else "warn"
            found.append((gap.until, Task(f"{at:%m-%d %H:%M} 前" if tone == "warn" else f"今日 {at:%H:%M}", tone, f"补传{gap.title[:2]}的扬尘数据", f"{gap.device.name} 缺 {gap.samples:,} 个样本", "看缺口", gap.href)))  # fmt: skip
    if project.connected_on is None and project.access_deadline is not None and project.status != "stopped":
        word, tone, _ = access_words(project, today)
        found.append((clock.day_end(project.access_deadline), Task(f"{project.access_deadline:%m-%d} 24:00", "bad" if tone == "bad" or project.access_deadline == today else "warn", "完成接入", f"入库和扬尘设备 · {word}", "去看", reverse("project", args=[project.ref]))))  # fmt: skip
    waiting = of_page([project.pk], today, scope)
    if project.pk in waiting.filings:
        found.append((now + timedelta(days=90), Task("等主管部门", "", "入库申请审核中", "审核超时不影响入库日期", "去看", reverse("project", args=[project.ref]))))  # fmt: skip
    return [task for _, task in sorted(found, key=lambda pair: pair[0])]


def _phones(project: Project) -> list[tuple[str, str]]:
    """Post and name of the people on site who see to devices and safety (1 query)."""
    rows = ProjectPost.objects.filter(project=project, valid_to=None).order_by("id")
    wanted = [row for row in rows if "设备" in row.post or "安全" in row.post] or list(rows[:1])
    return [(row.post, row.person_name) for row in wanted[:2]]
