"""参建单位与岗位人员：进场离场、到岗离岗，都有日期，旧的不删。"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import record
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Enterprise
from gongdi.orgs.rules import uscc_valid
from gongdi.projects.models import Project, ProjectParty, ProjectPost
from gongdi.projects.services.changing import held, of_the_site
from gongdi.projects.services.registering import about


@dataclass(frozen=True, slots=True)
class NewPost:
    """A person in a post (岗位人员) with the certificate, where the post needs one."""

    post: str
    person_name: str
    certificate: str = ""
    certificate_no: str = ""
    certificate_until: date | None = None


def add_party(*, project_id: int, kind: str, uscc: str, name: str, by: Scope, now: datetime) -> ProjectParty:
    """Enter a unit of the site (参建单位) by its 统一社会信用代码; an unknown enterprise is entered by name."""
    if kind not in ProjectParty.Kind.values or kind == ProjectParty.Kind.GENERAL_CONTRACTOR:
        raise UnusableInput("请选择参建身份；施工总承包的变更由监督机构办理。")
    code = uscc.strip().upper()
    if not uscc_valid(code):
        raise UnusableInput("统一社会信用代码的校验位不对，请核对 18 位代码。")
    with transaction.atomic():
        project = _kept(project_id, by)
        enterprise, fresh = Enterprise.objects.get_or_create(uscc=code, defaults={"name": name.strip()})
        if fresh and not name.strip():
            raise UnusableInput("这家单位还没有登记，请同时填写单位名称。")
        try:
            with transaction.atomic():
                party = ProjectParty.objects.create(
                    project=project, enterprise=enterprise, kind=kind, valid_from=shanghai_day(now)
                )
        except IntegrityError as error:
            raise UnusableInput("这家单位已在参建单位里。") from error
        _keep_names(project)
        facts = {"kind": kind, "uscc": code, "name": enterprise.name}
        record(act="party.added", about=about(project), facts=facts, by=by, now=now)
    return party


def end_party(*, party: ProjectParty, by: Scope, now: datetime, reason: str) -> ProjectParty:
    """A unit leaves (离场) with a reason; its people leave with it."""
    if not reason.strip():
        raise UnusableInput("请写明离场的原因。")
    today = shanghai_day(now)
    with transaction.atomic():
        project = _kept(party.project_id, by)
        found = ProjectParty.objects.select_for_update().get(id=party.pk)
        if found.valid_to is not None:
            raise UnusableInput(f"这家单位已于 {found.valid_to} 离场。")
        if found.kind == ProjectParty.Kind.GENERAL_CONTRACTOR:
            raise UnusableInput("施工总承包的变更由监督机构办理。")
        found.valid_to = max(today, found.valid_from)
        found.save(update_fields=["valid_to"])
        ProjectPost.objects.filter(party=found, valid_to__isnull=True, valid_from__lte=today).update(
            valid_to=today
        )
        _keep_names(project)
        facts = {"kind": found.kind, "enterprise": found.enterprise_id}
        record(act="party.ended", about=about(project), facts=facts, by=by, now=now, reason=reason)
    return found


def add_post(*, party: ProjectParty, post: NewPost, by: Scope, now: datetime) -> ProjectPost:
    """Put a person in a post (到岗); UnusableInput for a certificate that has run out."""
    today = shanghai_day(now)
    if not post.post.strip() or not post.person_name.strip():
        raise UnusableInput("请填写岗位和姓名。")
    if post.certificate_until is not None and post.certificate_until < today:
        raise UnusableInput(f"证书已于 {post.certificate_until} 到期，换证后再登记。")
    with transaction.atomic():
        project = _kept(party.project_id, by)
        if party.valid_to is not None:
            raise UnusableInput("这家单位已经离场。")
        made = ProjectPost.objects.create(
            project=project,
            party=party,
            post=post.post.strip(),
            person_name=post.person_name.strip(),
            certificate=post.certificate.strip(),
            certificate_no=post.certificate_no.strip(),
            certificate_until=post.certificate_until,
            valid_from=today,
        )
        facts = {"post": made.post, "party": party.kind, "until": made.certificate_until}
        record(act="post.added", about=about(project), facts=facts, by=by, now=now)
    return made


def end_post(*, post: ProjectPost, by: Scope, now: datetime) -> ProjectPost:
    """A person leaves a post (离岗); what was signed stays valid."""
    with transaction.atomic():
        project = _kept(post.project_id, by)
        found = ProjectPost.objects.select_for_update().get(id=post.pk)
        if found.valid_to is not None:
            raise UnusableInput(f"已于 {found.valid_to} 离岗。")
        found.valid_to = max(shanghai_day(now), found.valid_from)
        found.save(update_fields=["valid_to"])
        record(act="post.ended", about=about(project), facts={"post": found.post}, by=by, now=now)
    return found


def _kept(project_id: int, by: Scope) -> Project:
    project = held(project_id, by)
    if not of_the_site(project, by):
        raise NotAllowed("参建单位和岗位人员由施工总承包单位登记。")
    return project


def _keep_names(project: Project) -> None:
    """The present names of 建设单位 and 监理 on the project itself, for lists and exports."""
    present = ProjectParty.objects.filter(project=project, valid_to__isnull=True).select_related("enterprise")
    names = {one.kind: one.enterprise.name for one in present.order_by("-id")}
    project.developer = names.get("developer", project.developer)
    project.supervisor = names.get("supervisor", project.supervisor)
    project.save(update_fields=["developer", "supervisor"])
