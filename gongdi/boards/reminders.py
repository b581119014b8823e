"""自动提醒：接入期限临近、逾期未接入、次年日历没有录入，每人每件只说该说的几次。"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.policy import (
    REMIND_ACCESS_DAYS,
    REMIND_CALENDAR_MONTH,
    REMIND_LATE_EVERY_DAYS,
    PolicySet,
)
from gongdi.kernel.queries import working_calendar
from gongdi.kernel.scope import Role
from gongdi.notify.services import Kind, Notice, send_notice
from gongdi.orgs.models import Membership
from gongdi.projects.models import Project

LONGEST_DAYS = 400
DONE = ("completed", "stopped")


@dataclass(frozen=True, slots=True)
class People:
    """Accounts to tell by project and by contractor."""

    on_site: dict[int, list[int]]
    of_firm: dict[int, list[int]]

    def of(self, project: Project) -> list[int]:
        """The people on site and of the contractor (总包)."""
        return self.on_site.get(project.pk, []) + self.of_firm.get(project.contractor_id or 0, [])


def remind_access(*, policy: PolicySet, now: datetime) -> int:
    """Tell sites and contractors of a near deadline once and of a passed one every few days (接入期限); how many."""
    today = shanghai_day(now)
    rows = list(
        Project.objects.filter(
            holding=False,
            connected_on=None,
            access_deadline__range=(
                today - timedelta(days=LONGEST_DAYS),
                today + timedelta(days=LONGEST_DAYS),
            ),
        ).exclude(status__in=DONE)
    )
    due = [(project, notice) for project in rows if (notice := access_notice(project, policy, today))]
    people = _people([project for project, _ in due], today)
    return sum(send_notice(to=people.of(project), notice=notice, now=now) for project, notice in due)


def access_notice(project: Project, policy: PolicySet, today: date) -> Notice | None:
    """What is said of a project today, None when its deadline is not near."""
    deadline, division = project.access_deadline, project.division_id
    if deadline is None:
        return None
    left = (deadline - today).days
    key, link = f"access:{project.ref}:{deadline}", reverse("project", args=[project.ref])
    if left >= 0:
        if left > policy.get(REMIND_ACCESS_DAYS, today, division):
            return None
        title = f"接入期限还剩 {left} 天" if left else "接入期限就在今天"
        return Notice(title, link, Kind.ACCESS, f"{project.name}，期限 {deadline}，还没有接入", key)
    turn = (-left - 1) // policy.get(REMIND_LATE_EVERY_DAYS, today, division)
    text = f"{project.name}，期限 {deadline}，请尽快接入"
    return Notice(f"逾期 {-left} 天未接入", link, Kind.ACCESS, text, f"{key}:late{turn}")


def remind_calendar(*, policy: PolicySet, now: datetime) -> int:
    """Tell the province each month that the coming year's calendar is missing (次年日历未录入); how many."""
    today = shanghai_day(now)
    year = today.year + 1
    if today.month < policy.get(REMIND_CALENDAR_MONTH, today) or year in working_calendar().years:
        return 0
    told = _members(Q(role=Role.PROVINCE.value), today).values_list("user_id", flat=True)
    title, link = f"{year} 年工作日历还没有录入", reverse("calendar")
    text = "到录入为止，期限按周一至周五计算，可能算错"
    notice = Notice(title, link, Kind.SYSTEM, text, f"calendar:{year}:{today:%Y-%m}")
    return send_notice(to=told, notice=notice, now=now)


def _people(rows: Iterable[Project], today: date) -> People:
    projects = list(rows)
    firms = {project.contractor_id for project in projects if project.contractor_id}
    found = _members(
        Q(role=Role.SITE.value, project_id__in=[project.pk for project in projects])
        | Q(role=Role.ENTERPRISE.value, enterprise_id__in=firms),
        today,
    ).values_list("project_id", "enterprise_id", "user_id")
    people = People(defaultdict(list), defaultdict(list))
    for project_id, enterprise_id, user_id in found:
        if project_id:
            people.on_site[project_id].append(user_id)
        elif enterprise_id:
            people.of_firm[enterprise_id].append(user_id)
    return people


def _members(wanted: Q, today: date) -> QuerySet[Membership]:
    lasting = Q(valid_to=None) | Q(valid_to__gte=today)
    return Membership.objects.filter(
        wanted, lasting, ended_at=None, user__is_active=True, valid_from__lte=today, read_only=False
    )
