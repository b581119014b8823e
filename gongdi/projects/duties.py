"""主管部门要办的事：入库审核、停工审批、没有监督员的项目，各带工作日时钟。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from gongdi.kernel.calendar import WorkingCalendar
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.policy import EXEMPTION_DECISION_DAYS, REVIEW_DAYS, PolicySet
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority
from gongdi.projects.models import EntryFiling, Stop, Supervision
from gongdi.projects.queries import visible
from gongdi.projects.rules import authority_clock


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of an authority (办件): what, of which project, and its working-day clock."""

    kind: str
    word: str
    project_ref: UUID
    project_name: str
    why: str
    officer: str
    submitted_at: datetime
    due_day: date
    day_number: int
    limit_days: int
    overdue_days: int
    url_name: str
    ref: UUID


def duties_of_authority(
    scope: Scope, now: datetime, policy: PolicySet, calendar: WorkingCalendar
) -> list[Duty]:
    """Duties of the own body, most urgent first (4 queries); empty for anybody but an authority."""
    if scope.authority_id is None:
        return []
    return duties_of_bodies([scope.authority_id], now, policy, calendar)


def duties_of_bodies(
    authority_ids: Iterable[int], now: datetime, policy: PolicySet, calendar: WorkingCalendar
) -> list[Duty]:
    """Duties of several bodies, most urgent first: what lies with the bodies below is seen, not decided."""
    ids, today = list(authority_ids), shanghai_day(now)
    division = dict(Authority.objects.filter(id__in=ids).values_list("id", "division_id"))
    filings = EntryFiling.objects.filter(authority_id__in=ids, state="submitted").select_related("project")
    stops = Stop.objects.filter(authority_id__in=ids, state="applied").select_related("project")
    officers = officers_of([*(one.project_id for one in filings), *(one.project_id for one in stops)])
    found: list[Duty] = []
    for filing in filings:
        days = policy.get(REVIEW_DAYS, today, division[filing.authority_id])
        clock = authority_clock(filing.submitted_at, today, days, calendar)
        found.append(
            Duty(
                "entry", "入库审核", filing.project.ref, filing.project.name,
                f"{filing.submitted_by} 提交", officers.get((filing.project_id, "safety"), ""),
                filing.submitted_at, clock.due_day, clock.day_number, days, clock.overdue_days,
                "entry-review", filing.ref,
            )
        )  # fmt: skip
    for stop in stops:
        days = policy.get(EXEMPTION_DECISION_DAYS, today, division[stop.authority_id])
        clock = authority_clock(stop.applied_at, today, days, calendar)
        found.append(
            Duty(
                "stop", "停工审批", stop.project.ref, stop.project.name,
                f"{stop.get_kind_display()}，{stop.starts} 至 {stop.ends}",
                officers.get((stop.project_id, "safety"), ""), stop.applied_at, clock.due_day,
                clock.day_number, days, clock.overdue_days, "stop", stop.ref,
            )
        )  # fmt: skip
    return sorted(found, key=lambda duty: (duty.due_day, duty.submitted_at))


def officers_of(project_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    """Present officers by (project, aspect) (1 query); one whose account is closed counts as none."""
    rows = Supervision.objects.filter(
        project_id__in=list(project_ids), valid_to__isnull=True, officer__is_active=True
    )
    return {
        (project_id, aspect): name
        for project_id, aspect, name in rows.values_list("project_id", "aspect", "officer__display_name")
    }


def without_officer(scope: Scope) -> list[Supervision]:
    """Open supervisions of the own body without a named officer (没有监督员的项目), by project number."""
    if scope.authority_id is None:
        return []
    none = Q(officer__isnull=True) | Q(officer__is_active=False)
    rows = Supervision.objects.filter(
        none, authority_id=scope.authority_id, valid_to__isnull=True, project__in=visible(scope)
    )
    return list(
        rows.exclude(project__status="completed").select_related("project").order_by("project__number")
    )
