"""单位：一个主管部门、一家企业或一个项目部；谁管谁的人，谁看得到谁的人。"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from gongdi.kernel.errors import NotFound
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.models import Authority, Enterprise, Membership

ROLE_OF_KIND = {
    Authority.Kind.URBAN: Role.URBAN,
    Authority.Kind.STATION: Role.STATION,
    Authority.Kind.APPROVAL: Role.APPROVAL,
    Authority.Kind.ZONE: Role.ZONE,
}
LEADING_ROLES = frozenset({Role.PROVINCE, Role.CITY, Role.COUNTY})
"""Roles of 住房和城乡建设 bodies, which see every body inside their division."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit (单位) whose people are meant: exactly one of the three."""

    authority: Authority | None = None
    enterprise: Enterprise | None = None
    project_id: int | None = None
    project_name: str = ""
    employer_id: int | None = None

    @property
    def name(self) -> str:
        """Name for pages and for the record."""
        return str(self.authority or self.enterprise or self.project_name or "项目")

    @property
    def ref(self) -> UUID | None:
        """Public key; a project is shown by its own room."""
        subject = self.authority or self.enterprise
        return None if subject is None else subject.ref

    def members(self) -> QuerySet[Membership]:
        """Memberships in the unit that have not been ended, oldest first."""
        return Membership.objects.filter(self.condition(), ended_at__isnull=True).select_related(
            "user__person", "authority", "enterprise"
        )

    def condition(self) -> Q:
        """Condition of a membership in the unit."""
        if self.authority is not None:
            return Q(authority=self.authority)
        if self.enterprise is not None:
            return Q(enterprise=self.enterprise) | Q(employer=self.enterprise)
        return Q(project_id=self.project_id, project_id__isnull=False)


def unit_of(membership: Membership) -> Unit:
    """Unit of one membership."""
    return Unit(
        membership.authority,
        membership.enterprise,
        membership.project_id,
        membership.project_name,
        membership.employer_id,
    )


def own_unit(by: Scope) -> Unit:
    """Unit the person acts for now; NotFound for the operator and for nobody."""
    if by.authority_id is not None:
        return Unit(authority=Authority.objects.select_related("division").get(id=by.authority_id))
    if by.enterprise_id is not None:
        return Unit(enterprise=Enterprise.objects.get(id=by.enterprise_id))
    if by.project_ids:
        return Unit(project_id=min(by.project_ids), project_name=by.body)
    raise NotFound


def unit(by: Scope, ref: UUID) -> Unit:
    """A unit whose people may be seen, by its public key; NotFound for any other."""
    authority = Authority.objects.select_related("division").filter(ref=ref).first()
    enterprise = None if authority else Enterprise.objects.filter(ref=ref).first()
    found = Unit(authority, enterprise)
    if (authority is None and enterprise is None) or not may_see(by, found):
        raise NotFound
    return found


def bodies_below(by: Scope) -> QuerySet[Authority]:
    """Bodies directly below the own one: its children, and those beside it that have none above them.

    城管、审批 stand beside the 住建 body and not under it; it opens their first account and no more.
    """
    own = Authority.objects.filter(id=by.authority_id or 0).first()
    if own is None:
        return Authority.objects.none()
    wanted = Q(parent=own)
    if own.kind == Authority.Kind.HOUSING:
        wanted |= Q(parent=None, division=own.division_id) & ~Q(kind=Authority.Kind.HOUSING)
    return Authority.objects.filter(wanted).exclude(id=own.id).select_related("division")


def branches_below(by: Scope) -> QuerySet[Enterprise]:
    """Branches (分公司) of the own enterprise."""
    return Enterprise.objects.filter(parent_id=by.enterprise_id or 0)


def is_own(by: Scope, about: Unit) -> bool:
    """Whether the unit is the one acted for."""
    if about.authority is not None:
        return about.authority.id == by.authority_id
    if about.enterprise is not None:
        return about.enterprise.id == by.enterprise_id
    return about.project_id in by.project_ids


def is_below(by: Scope, about: Unit) -> bool:
    """Whether the unit is directly below the one acted for."""
    if about.authority is not None:
        return bodies_below(by).filter(id=about.authority.id).exists()
    if about.enterprise is not None:
        return by.enterprise_id is not None and about.enterprise.parent_id == by.enterprise_id
    return about.employer_id is not None and about.employer_id == by.enterprise_id


def may_see(by: Scope, about: Unit) -> bool:
    """Whether the people of a unit may be seen (never their telephones in clear)."""
    if is_own(by, about) or is_below(by, about):
        return True
    if by.role not in LEADING_ROLES or (about.authority is None and about.enterprise is None):
        return False
    subject = about.authority or about.enterprise
    code = "" if subject is None else subject.division_id or ""
    return bool(code) and any(code.startswith(prefix) for prefix in by.division_prefixes)


def manages(by: Scope, about: Unit) -> bool:
    """Whether accounts of the unit may be opened and ended: its system administrator or that of the one above.

    The people of a project are those of the enterprise that opened their accounts.
    """
    if by.duty != Membership.Duty.SYSTEM or by.read_only:
        return False
    return is_own(by, about) or is_below(by, about)


def roles_for(about: Unit) -> tuple[Role, ...]:
    """Roles that people of a unit may have, the usual one first."""
    body = about.authority
    if body is not None:
        kind = Authority.Kind(body.kind)
        return (ROLE_OF_KIND[kind] if kind in ROLE_OF_KIND else Role(body.level),)
    if about.enterprise is not None:
        return unit_roles(about.enterprise.kinds)
    return (Role.SITE,)


def unit_roles(kinds: list[str]) -> tuple[Role, ...]:
    """Roles of the people of an enterprise by its kinds (单位类别); 企业 when none is entered."""
    named = {
        Enterprise.Kind.DEVELOPER: Role.DEVELOPER,
        Enterprise.Kind.SUPERVISOR: Role.SUPERVISOR,
        Enterprise.Kind.VENDOR: Role.VENDOR,
    }
    found = [named.get(Enterprise.Kind(kind), Role.ENTERPRISE) for kind in kinds]
    order = (Role.ENTERPRISE, Role.DEVELOPER, Role.SUPERVISOR, Role.VENDOR)
    return tuple(role for role in order if role in found) or (Role.ENTERPRISE,)


def reviewing_body(division: str) -> Authority:
    """住建 body that answers for a division: its own, else that of the city, else the province."""
    chain = [division, division[:4] + "00", division[:2] + "0000"]
    found = {
        body.division_id: body
        for body in Authority.objects.filter(kind=Authority.Kind.HOUSING, division_id__in=chain)
    }
    for code in chain:
        if code in found:
            return found[code]
    raise NotFound("这个区划还没有主管部门，请选择上级区划。")
