"""催办：勾选的项目里还没接入的，逐个告知施工总承包单位和项目部，并留痕送达了几人。"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from gongdi.boards.recipients import accounts_by
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import record
from gongdi.kernel.scope import Role, Scope
from gongdi.notify.services import Notice, send_notice
from gongdi.projects import queries as projects
from gongdi.projects.models import Project
from gongdi.projects.services.registering import about

ACT_WORDS = {"project.urged": "催办接入"}
URGING = frozenset({Role.PROVINCE, Role.CITY, Role.COUNTY, Role.STATION, Role.ZONE})


def may_urge(scope: Scope) -> bool:
    """Whether the scope is a body that may urge (催办)."""
    return scope.role in URGING and not scope.read_only


def urge(refs: Sequence[str], *, by: Scope, now: datetime) -> tuple[int, int]:
    """Tell those who must connect the ticked projects; projects urged and people told.

    One message a project, account and Shanghai day, one event a project (催办，送达几人); connected projects
    are left out. NotAllowed for who is no supervising body, UnusableInput when nothing is left to urge.
    """
    if not may_urge(by):
        raise NotAllowed("催办由监管部门办理。")
    rows = list(projects.visible(by).filter(ref__in=refs, connected_on=None).select_related("contractor"))
    if not rows:
        raise UnusableInput("勾选的项目都已接入，没有要催办的；或者还没有勾选。")
    told = 0
    with transaction.atomic():
        people = _people(rows, now)
        for project in rows:
            told += _tell(project, people[project.pk], by, now)
    return len(rows), told


def _tell(project: Project, people: set[int], by: Scope, now: datetime) -> int:
    day, deadline = shanghai_day(now), project.access_deadline
    left = (deadline - day).days if deadline else 0
    state = (
        "未定期限"
        if deadline is None
        else f"已逾期 {-left} 天"
        if left < 0
        else f"期限 {deadline:%m-%d}，剩 {left} 天"
    )
    notice = Notice(
        title=f"催办接入：{project.name}"[:120],
        link=reverse("project", args=[project.ref]),
        kind="access",
        text=f"{by.body}催办：请完成设备接入，{state}。",
        key=f"urged:{project.pk}:{by.authority_id}:{day}",
    )
    sent = send_notice(to=people, notice=notice, now=now)
    record(
        act="project.urged", about=about(project), facts={"told": sent, "people": len(people)}, by=by, now=now
    )
    return sent


def _people(rows: Sequence[Project], now: datetime) -> dict[int, set[int]]:
    """Accounts of the 施工总承包 and of the site, by project (2 queries)."""
    day = shanghai_day(now)
    firms = {row.contractor_id for row in rows if row.contractor_id}
    of_firm = accounts_by(Q(role="enterprise", enterprise_id__in=firms), "enterprise_id", day)
    of_site = accounts_by(Q(role="site", project_id__in=[row.pk for row in rows]), "project_id", day)
    return {row.pk: {*of_firm.get(row.contractor_id, []), *of_site.get(row.pk, [])} for row in rows}
