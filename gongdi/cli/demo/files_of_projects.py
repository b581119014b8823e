"""演示省的项目档案：参建单位、岗位、监督员、入库申请与停工，全部虚构，由常数得出。"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from gongdi.cli.demo import province
from gongdi.inventory.queries import permit_numbers
from gongdi.kernel.clock import day_start
from gongdi.orgs.models import Enterprise, Membership
from gongdi.projects.entry_rules import NEEDED_POSTS
from gongdi.projects.models import EntryFiling, Project, ProjectParty, ProjectPost, Stop, Supervision

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
CERTIFICATES = {
    "项目经理": "一级建造师",
    "项目技术负责人": "高级工程师",
    "专职安全生产管理人员": "安全生产考核合格证 C",
    "质量员": "岗位证书",
    "施工员": "岗位证书",
    "总监理工程师": "注册监理工程师",
    "建设单位项目负责人": "",
}
WAITING = {"汾东新城实验小学": 7, "真武路电力隧道": 1}
"""Projects whose submission waits, and for how many days."""
RETURNED = {
    "长风西街口袋公园": {
        "contract_price": "与施工合同 480 万元不符",
        "post_supervisor_0": "总监注册证号查不到",
    }
}
STOPS = (
    ("坞城路北延道路工程", "X2", 6, 95, 1, "冬季气温低于零下五度，路面无法摊铺"),
    ("殷家堡片区雨污分流", "X1", -2, 12, 5, "穿越段管线迁改未完成，暂停开挖"),
)
"""Project, kind, first day and last day from today, days since the application, reason."""


def load_files(today: date, now: datetime) -> None:
    """Write the files of all projects in one transaction."""
    projects = list(Project.objects.filter(holding=False).select_related("contractor").order_by("id"))
    with transaction.atomic():
        _base_files(projects)
        parties = _parties(projects)
        _posts(parties, today)
        _officers(projects)
        _filings([one for one in projects if one.name not in WAITING and one.name not in RETURNED])
        by_name = {one.name: one for one in projects}
        _open_filings(by_name, now)
        _stops(by_name, today, now)


def _base_files(projects: list[Project]) -> None:
    permits = permit_numbers([one.pk for one in projects])
    for place, project in enumerate(projects):
        started = project.started_on or date.min
        project.permit_number = permits.get(project.pk, f"{project.division_id}{started:%Y%m%d}{place:02d}01")
        project.filing_number = f"AJ-{project.division_id}-{started.year}-{place + 1:03d}"
        project.planned_end = started + timedelta(days=420 + 30 * (place % 9))
        project.contract_price = Decimal((project.site_area_m2 or project.open_length_m or 1000) * 3200)
        project.building_area_m2 = None if project.site_area_m2 is None else project.site_area_m2 * 3
    fields = ["permit_number", "filing_number", "planned_end", "contract_price", "building_area_m2"]
    Project.objects.bulk_update(projects, fields)


def _parties(projects: list[Project]) -> list[ProjectParty]:
    firms = _enterprises({name for one in projects for name in (one.developer, one.supervisor) if name})
    ProjectParty.objects.bulk_create(
        ProjectParty(project=one, enterprise=firms[name], kind=kind, valid_from=one.started_on or date.min)
        for one in projects
        for kind, name in (("developer", one.developer), ("supervisor", one.supervisor))
        if name
    )
    return list(ProjectParty.objects.filter(project__in=projects).order_by("project_id", "id"))


def _enterprises(names: set[str]) -> dict[str, Enterprise]:
    """Enterprises by name; those that nobody signs in for yet get an invented code."""
    known = {one.name: one for one in Enterprise.objects.filter(name__in=names)}
    for serial, name in enumerate(sorted(names - set(known)), 1):
        code = province.uscc(f"91{province.CITY_OWN}00MADEQ{serial:04d}")
        known[name] = Enterprise.objects.create(name=name, uscc=code)
    return known


def _posts(parties: Iterable[ProjectParty], today: date) -> None:
    made = []
    for place, party in enumerate(parties):
        for step, post in enumerate(NEEDED_POSTS.get(party.kind, ())):
            turn = place * 7 + step * 3
            certificate = CERTIFICATES[post]
            made.append(
                ProjectPost(
                    project_id=party.project_id,
                    party=party,
                    post=post,
                    person_name=f"{SURNAMES[turn % len(SURNAMES)]}工",
                    certificate=certificate,
                    certificate_no=f"晋{turn:05d}" if certificate else "",
                    certificate_until=today + timedelta(days=15 + turn % 900) if certificate else None,
                    valid_from=party.valid_from,
                )
            )
    ProjectPost.objects.bulk_create(made)


def _officers(projects: list[Project]) -> None:
    """Each body's own people share its projects; where nobody has an account the officer is open."""
    members: dict[int, list[int]] = {}
    rows = Membership.objects.filter(
        authority__isnull=False, ended_at__isnull=True, read_only=False, deputy_of=None
    )
    for authority_id, user_id in rows.order_by("id").values_list("authority_id", "user_id"):
        if authority_id is not None:
            members.setdefault(authority_id, []).append(user_id)
    changed = []
    for place, row in enumerate(
        Supervision.objects.filter(project__in=projects, valid_to=None).order_by("id")
    ):
        people = members.get(row.authority_id)
        if people:
            row.officer_id = people[place // 3 % len(people)]
            changed.append(row)
    Supervision.objects.bulk_update(changed, ["officer"])


def _filings(projects: Iterable[Project]) -> None:
    """The accepted submissions of the projects that are entered."""
    EntryFiling.objects.bulk_create(
        EntryFiling(
            project=one,
            authority_id=one.safety_authority_id,
            state=EntryFiling.State.ACCEPTED,
            submitted_at=day_start(one.entered_on) + timedelta(hours=10, minutes=one.pk % 50),
            submitted_by="资料员",
            decided_at=day_start(one.entered_on) + timedelta(days=1, hours=15),
            decided_by="监督员",
        )
        for one in projects
        if one.entered_on is not None and one.safety_authority_id is not None
    )


def _open_filings(projects: dict[str, Project], now: datetime) -> None:
    for name in (*WAITING, *RETURNED):
        project = projects.get(name)
        if project is None or project.safety_authority_id is None:
            continue
        Project.objects.filter(id=project.pk).update(entered_on=None)
        submitted = now - timedelta(days=WAITING.get(name, 4), hours=2)
        filing = EntryFiling(
            project=project,
            authority_id=project.safety_authority_id,
            submitted_at=submitted,
            submitted_by="资料员",
        )
        if name in RETURNED:
            filing.state = EntryFiling.State.RETURNED
            filing.defects = [{"field": field, "words": words} for field, words in RETURNED[name].items()]
            filing.decided_at, filing.decided_by = submitted + timedelta(days=1), "监督员"
        filing.save(force_insert=True)


def _stops(projects: dict[str, Project], today: date, now: datetime) -> None:
    for name, kind, first, last, since, reason in STOPS:
        project = projects.get(name)
        if project is None or project.safety_authority_id is None:
            continue
        Stop.objects.create(
            project=project,
            authority_id=project.safety_authority_id,
            kind=kind,
            starts=today + timedelta(days=first),
            ends=today + timedelta(days=last),
            reason=reason,
            applied_at=now - timedelta(days=since, hours=1),
            applied_by="建设单位项目负责人",
        )
