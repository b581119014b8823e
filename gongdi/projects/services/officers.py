"""监督员：每个监督方面一名，指定与移交都留历史，一次可办许多项目。

依据: 379-3.1.b
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import About, record_many
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority, User
from gongdi.orgs.queries import memberships_on
from gongdi.projects.models import Project, Supervision


def assign_officer(
    *, project_ids: Sequence[int], officer_id: int, by: Scope, now: datetime, reason: str = ""
) -> int:
    """Name the officer (监督员) of the own body's aspects on many projects at once; supervisions changed.

    NotAllowed for a project the body does not supervise; UnusableInput for a person not of the body. The
    row of the officer before ends on the day before, so the history says who it was on each day.
    """
    if by.authority_id is None:
        raise NotAllowed("监督员由监督机构指定。")
    today = shanghai_day(now)
    officer = _colleague(officer_id, by.authority_id, today)
    with transaction.atomic():
        rows = list(
            Supervision.objects.select_for_update()
            .filter(project_id__in=project_ids, authority_id=by.authority_id, valid_to__isnull=True)
            .order_by("id")
        )
        if {row.project_id for row in rows} != set(project_ids):
            raise NotAllowed("有的项目不归本单位监督，请重新勾选。")
        changing = [row for row in rows if row.officer_id != officer.pk]
        if changing:
            _replace(changing, officer, today)
            _witness(changing, officer, by, now, reason)
    return len(changing)


def hand_over(*, giver_id: int, taker_id: int, by: Scope, now: datetime, reason: str = "") -> int:
    """Hand all projects of one officer to a colleague (移交); supervisions changed."""
    if by.authority_id is None:
        raise NotAllowed("监督员由监督机构移交。")
    rows = Supervision.objects.filter(
        officer_id=giver_id, authority_id=by.authority_id, valid_to__isnull=True
    )
    projects = sorted(set(rows.values_list("project_id", flat=True)))
    if not projects:
        raise UnusableInput("这位监督员手里没有项目，不用移交。")
    if giver_id == taker_id:
        raise UnusableInput("移交给另一位同事。")
    return assign_officer(project_ids=projects, officer_id=taker_id, by=by, now=now, reason=reason)


def move_supervision(
    *, project_id: int, aspect: str, authority_id: int, by: Scope, now: datetime, reason: str
) -> Project:
    """Hand one aspect of the supervision to another body (监督移交), from today; the history stays."""
    if not reason.strip():
        raise UnusableInput("请写明移交的理由和文件。")
    today = shanghai_day(now)
    body = Authority.objects.filter(id=authority_id, valid_to__isnull=True).first()
    if body is None:
        raise UnusableInput("接收的监督机构不存在或已撤销。")
    with transaction.atomic():
        project = Project.objects.select_for_update(of=("self",)).get(id=project_id)
        row = Supervision.objects.select_for_update().filter(
            project=project, aspect=aspect, valid_to__isnull=True
        ).first()  # fmt: skip
        if by.authority_id is None or row is None or row.authority_id != by.authority_id:
            raise NotAllowed("监督移交由现在的监督机构办理。")
        if row.authority_id == body.id:
            raise UnusableInput("项目已经归这个机构监督。")
        _close(row, today)
        Supervision.objects.create(project=project, aspect=aspect, authority=body, valid_from=today)
        setattr(project, f"{aspect}_authority_id", body.id)
        setattr(project, f"{aspect}_code", body.division_id)
        project.save(update_fields=[f"{aspect}_authority", f"{aspect}_code"])
        facts = [{"project": project.number, "aspect": aspect, "from": row.authority_id, "to": body.id}]
        about = About("projects.project", project.ref, project.pk, project.name)
        record_many(act="supervision.moved", about=about, rows=facts, by=by, now=now, reason=reason)
    return project


def _colleague(officer_id: int, authority_id: int, today: date) -> User:
    valid = memberships_on(officer_id, today).filter(authority_id=authority_id, read_only=False)
    membership = valid.select_related("user").first()
    if membership is None:
        raise UnusableInput("只能指定本单位在任、能办事的人员。")
    return membership.user


def _replace(rows: Sequence[Supervision], officer: User, today: date) -> None:
    fresh = []
    for row in rows:
        if row.valid_from >= today:
            row.officer = officer
            row.save(update_fields=["officer"])
            continue
        _close(row, today)
        fresh.append(
            Supervision(
                project_id=row.project_id,
                aspect=row.aspect,
                authority_id=row.authority_id,
                officer=officer,
                valid_from=today,
            )
        )
    Supervision.objects.bulk_create(fresh)


def _close(row: Supervision, today: date) -> None:
    """End a row on the day before; one that began today never was and goes."""
    if row.valid_from >= today:
        row.delete()
        return
    row.valid_to = today - timedelta(days=1)
    row.save(update_fields=["valid_to"])


def _witness(rows: Sequence[Supervision], officer: User, by: Scope, now: datetime, reason: str) -> None:
    numbers = dict(
        Project.objects.filter(id__in=[row.project_id for row in rows]).values_list("id", "number")
    )
    facts = [
        {"project": numbers[row.project_id], "aspect": row.aspect, "before": row.officer_id} for row in rows
    ]
    about = About("orgs.user", officer.ref, name=officer.display_name)
    record_many(act="officer.assigned", about=about, rows=facts, by=by, now=now, reason=reason)
