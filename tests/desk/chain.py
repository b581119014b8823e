"""窗口测试共用的人和单位：省厅、市局、县局各一位系统管理员。"""

from dataclasses import dataclass
from datetime import date, datetime

from gongdi.desk.services import opening
from gongdi.kernel.policy import DEFAULTS
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority, Enterprise, Membership, User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.accounts import NewMember, create_account
from gongdi.projects.models import Project
from tests.builders import NOW, PASSWORD, TODAY, make_authority

SINCE = date(2026, 1, 1)
ROLES = {"140000": "province", "140100": "city", "140105": "county", "140106": "county", "140213": "county"}


@dataclass(frozen=True)
class Chain:
    """The bodies by division, each with the scope of its system administrator."""

    bodies: dict[str, Authority]
    admins: dict[str, User]

    def by(self, code: str) -> Scope:
        """Scope of the administrator of a body."""
        return scope_of(self.admins[code], TODAY)


def make_chain() -> Chain:
    """Province, 太原市 with two counties, and one county of another city."""
    top = make_authority("140000")
    city = make_authority("140100")
    other = make_authority("140200")
    bodies = {"140000": top, "140100": city}
    for code, parent in (("140105", city), ("140106", city), ("140213", other)):
        bodies[code] = make_authority(code)
        Authority.objects.filter(id=bodies[code].id).update(parent=parent)
    Authority.objects.filter(id__in=[city.id, other.id]).update(parent=top)
    admins = {code: make_admin(ROLES[code], body) for code, body in bodies.items()}
    return Chain({code: Authority.objects.get(id=body.id) for code, body in bodies.items()}, admins)


def make_admin(role: str, subject: Authority | Enterprise) -> User:
    """A system administrator (系统管理员) of a body or an enterprise."""
    member = NewMember(
        role,
        SINCE,
        authority_id=subject.id if isinstance(subject, Authority) else None,
        enterprise_id=subject.id if isinstance(subject, Enterprise) else None,
        duty=Membership.Duty.SYSTEM,
    )
    name = f"admin{subject.id}{role}"
    return create_account(username=name, display_name=f"管理员{subject.id}", password=PASSWORD, member=member)


def member_of(body: Authority, **more: object) -> NewMember:
    """An ordinary membership in a county body from TODAY."""
    values: dict[str, object] = {"role": ROLES.get(body.division_id, "county"), "valid_from": TODAY}
    return NewMember(**(values | {"authority_id": body.id} | more))  # type: ignore[arg-type]


def site_member(firm: Enterprise, project: Project) -> NewMember:
    """A membership on a site opened by the enterprise."""
    return NewMember(
        "site", TODAY, project_id=project.id, project_name=project.name, employer_id=firm.id, post="安全员"
    )


def open_one(
    by: Scope, member: NewMember, *, name: str = "乔知远", phone: str = "19900000001", now: datetime = NOW
) -> opening.Opened:
    """One account opened by delegation."""
    person = opening.NewPerson(name, phone)
    return opening.open_account(person=person, member=member, by=by, now=now, policy=DEFAULTS)
