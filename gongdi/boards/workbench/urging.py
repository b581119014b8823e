"""逾期未接入的名单与催办：省厅督办到市，市县催办到施工总承包，企业催办到项目部，一次一条留痕，送达和已读可查。"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from gongdi.boards.recipients import accounts_by
from gongdi.kernel import clock
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import About, history, record_many
from gongdi.kernel.scope import Role, Scope
from gongdi.notify.models import Message
from gongdi.notify.services import Notice, send_notice
from gongdi.projects import queries as projects
from gongdi.projects.models import Project

ACT_WORDS = {"access.urged": "催办接入", "access.supervised": "督办接入"}
KIND = "access.late"
HOUSING_URGERS = (Role.PROVINCE, Role.CITY, Role.COUNTY, Role.STATION, Role.ZONE)


@dataclass(frozen=True, slots=True)
class Urged:
    """One act of urging: when, by whom, how many projects, to how many people, how many have read it."""

    at: datetime
    word: str
    person: str
    projects: int
    sent: int
    read: int
    digest: str


def late_projects(scope: Scope, today: date) -> QuerySet[Project]:
    """开工超过期限未接入: projects under way past their access deadline, the longest first."""
    rows = projects.visible(scope).filter(projects.in_view("overdue", today))
    rows = rows.exclude(status__in=("completed", "stopped"))
    return rows.select_related("contractor", "division").order_by("access_deadline", "number")


def may_urge(scope: Scope) -> bool:
    """Whether this identity may urge; who may only look may not."""
    return not scope.read_only and scope.role in (*HOUSING_URGERS, Role.ENTERPRISE)


@transaction.atomic
def urge(*, by: Scope, now: datetime) -> tuple[int, int]:
    """Urge (催办, 督办) every late project of the scope at once: one event with all rows; projects, people told.

    NotAllowed for who may not; UnusableInput when nothing is late or nobody can be told.
    """
    if not may_urge(by):
        raise NotAllowed("这个身份不能催办，请由监督机构或总包的管理人员办理。")
    today = clock.shanghai_day(now)
    rows = list(late_projects(by, today))
    if not rows:
        raise UnusableInput("没有逾期未接入的项目，不用催办。")
    told = _people(by, rows, today)
    by_person: dict[int, list[Project]] = defaultdict(list)
    for row in rows:
        for user in told[row.pk]:
            by_person[user].append(row)
    if not by_person:
        raise UnusableInput("这些项目的单位都没有可用的账号，请先通知单位激活账号。")
    sent = sum(_send(user, found, by, today, now) for user, found in sorted(by_person.items()))
    record_many(
        act="access.supervised" if by.role is Role.PROVINCE else "access.urged",
        about=About(KIND, subject(by), name=by.body),
        rows=[
            {"project": str(row.ref), "number": row.number, "name": row.name, "deadline": str(row.access_deadline), "to": sorted(told[row.pk])}
            for row in rows
        ],
        by=by,
        now=now,
    )  # fmt: skip
    return len(rows), sent


def urged(scope: Scope, limit: int = 10) -> list[Urged]:
    """Own acts of urging, newest first, with what was delivered and read (2 queries)."""
    found = history(KIND, subject(scope), limit)
    counted = (
        Message.objects.filter(key__in=[_key(scope, one.at) for one in found])
        .order_by()
        .values("key")
        .annotate(sent=Count("id"), read=Count("id", filter=Q(read_at__isnull=False)))
    )
    by_key = {row["key"]: (row["sent"], row["read"]) for row in counted}
    return [
        Urged(one.at, ACT_WORDS[one.act], one.person, int(str(one.facts["rows"])), *by_key.get(_key(scope, one.at), (0, 0)), str(one.facts["merkle_root"])[:12])
        for one in found
    ]  # fmt: skip


def subject(scope: Scope) -> UUID:
    """Key under which the acts of one body or enterprise are found again."""
    return uuid5(NAMESPACE_URL, f"late-access:{scope.authority_id or 0}:{scope.enterprise_id or 0}")


def _key(scope: Scope, at: datetime) -> str:
    return f"urge:{scope.authority_id or 0}:{scope.enterprise_id or 0}:{at.timestamp():.6f}"


def _send(user: int, found: list[Project], by: Scope, today: date, now: datetime) -> int:
    """One message a person, however many of its projects are late."""
    word = "督办" if by.role is Role.PROVINCE else "催办"
    names = "、".join(row.name for row in found[:5]) + ("等" if len(found) > 5 else "")
    longest = max((today - row.access_deadline).days for row in found if row.access_deadline)
    link = reverse("late-access") if len(found) > 1 else reverse("project", args=[found[0].ref])
    notice = Notice(
        title=f"{by.body}{word}：{len(found)} 个项目逾期未接入",
        link=link,
        kind=Message.Kind.ACCESS,
        text=f"{names}，最长逾期 {longest} 天。请尽快完成入库和扬尘设备接入。",
        key=_key(by, now),
    )
    return send_notice(to=[user], notice=notice, now=now)


def _people(by: Scope, rows: list[Project], today: date) -> dict[int, list[int]]:
    """Accounts to be told for each project: the city body, the contractor, or the people on site (1 query)."""
    if by.role is Role.PROVINCE:
        cities = {f"{row.safety_code[:4] or row.division_id[:4]}00" for row in rows}
        found = accounts_by(
            Q(role=Role.CITY.value, authority__division_id__in=cities), "authority__division_id", today
        )
        return {row.pk: found.get(f"{row.safety_code[:4] or row.division_id[:4]}00", []) for row in rows}
    if by.role is Role.ENTERPRISE:
        found = accounts_by(
            Q(role=Role.SITE.value, project_id__in=[row.pk for row in rows]), "project_id", today
        )
        return {row.pk: found.get(row.pk, []) for row in rows}
    firms = {row.contractor_id for row in rows if row.contractor_id}
    found = accounts_by(Q(role=Role.ENTERPRISE.value, enterprise_id__in=firms), "enterprise_id", today)
    return {row.pk: found.get(row.contractor_id, []) for row in rows}
