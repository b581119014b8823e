"""账号到范围的解析，以及区划、部门和企业的读取。"""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from gongdi.kernel.policy import division_prefix
from gongdi.kernel.scope import (
    ALL_KINDS,
    APPROVAL_KINDS,
    NOTHING,
    STATION_KINDS,
    URBAN_KINDS,
    VENDOR_KINDS,
    DataKind,
    Role,
    Scope,
)
from gongdi.orgs.models import Authority, Division, Enterprise, Membership, User

KINDS_OF_ROLE: dict[str, frozenset[DataKind]] = {
    Role.PROVINCE: ALL_KINDS,
    Role.CITY: ALL_KINDS,
    Role.COUNTY: ALL_KINDS,
    Role.URBAN: URBAN_KINDS,
    Role.STATION: STATION_KINDS,
    Role.APPROVAL: APPROVAL_KINDS,
    Role.ZONE: ALL_KINDS,
    Role.ENTERPRISE: ALL_KINDS,
    Role.DEVELOPER: ALL_KINDS,
    Role.SUPERVISOR: ALL_KINDS,
    Role.VENDOR: VENDOR_KINDS,
    Role.SITE: ALL_KINDS,
}


@dataclass(frozen=True, slots=True)
class MembershipChoice:
    """One membership (身份) that the person may act under: key, role word and body, enterprise or project."""

    id: int
    role: str
    role_name: str
    subject: str


def memberships_on(user_id: int, day: date) -> QuerySet[Membership]:
    """Memberships of an active account valid on a Shanghai day, oldest first.

    None that has been ended, none of a body not in force, none of a blocked enterprise.
    """
    return (
        Membership.objects.filter(user_id=user_id, user__is_active=True, valid_from__lte=day)
        .filter(ended_at__isnull=True)
        .exclude(enterprise__status=Enterprise.Status.BLOCKED)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
        .filter(Q(authority__valid_from__isnull=True) | Q(authority__valid_from__lte=day))
        .filter(Q(authority__valid_to__isnull=True) | Q(authority__valid_to__gte=day))
        .select_related("user", "authority", "enterprise")
        .order_by("id")
    )


def scope_of(user: AbstractBaseUser | AnonymousUser, day: date, membership_id: int | None = None) -> Scope:
    """Resolve an account to its scope (范围) on a Shanghai day; without a valid membership nothing.

    A person acts under one membership at a time: the one named, else the oldest valid one. The kinds of
    data of one body are therefore never read under another.
    """
    if user.pk is None:
        return NOTHING
    valid = memberships_on(user.pk, day)
    if membership_id is not None:
        valid = valid.filter(id=membership_id)
    membership = valid.first()
    return NOTHING if membership is None else _scope(membership)


def subject_of(membership: Membership) -> str:
    """Name of the body, enterprise or project of a membership."""
    return str(membership.authority or membership.enterprise or membership.project_name or "项目")


def installation_scope() -> Scope:
    """Scope of the operator at the machine itself (command line): the whole province of this installation."""
    root = Division.objects.get(parent__isnull=True)
    return Scope(role=Role.INSTALLATION, division_prefixes=(division_prefix(root.code),), kinds=ALL_KINDS)


def choices_of(user_id: int, day: date) -> list[MembershipChoice]:
    """Memberships the person may switch between on a Shanghai day."""
    return [
        MembershipChoice(m.id, m.role, m.get_role_display(), subject_of(m))
        for m in memberships_on(user_id, day)
    ]


def divisions_under(scope: Scope) -> QuerySet[Division]:
    """Divisions whose projects the scope of a body may see, by code; empty for others."""
    if not scope.division_prefixes:
        return Division.objects.none()
    wanted = Q()
    for prefix in scope.division_prefixes:
        wanted |= Q(code__startswith=prefix)
    return Division.objects.filter(wanted).order_by("code")


def authority_name(authority_id: int | None) -> str:
    """Name of a body, empty when there is none."""
    if authority_id is None:
        return ""
    return Authority.objects.filter(id=authority_id).values_list("name", flat=True).first() or ""


def subject_name(scope: Scope) -> str:
    """Name of the body or enterprise that the scope acts for, empty for a project or the operator."""
    if scope.authority_id is not None:
        return authority_name(scope.authority_id)
    if scope.enterprise_id is None:
        return ""
    return Enterprise.objects.filter(id=scope.enterprise_id).values_list("name", flat=True).first() or ""


def active_user(user_id: int) -> User | None:
    """The account while it is active."""
    return User.objects.filter(id=user_id, is_active=True).first()


def _scope(membership: Membership) -> Scope:
    role, division = _narrowed(membership)
    return Scope(
        role=role,
        user_id=membership.user_id,
        membership_id=membership.id,
        division_prefixes=(division_prefix(division),) if division else (),
        authority_id=membership.authority_id,
        enterprise_id=membership.enterprise_id,
        project_ids=frozenset() if membership.project_id is None else frozenset({membership.project_id}),
        kinds=KINDS_OF_ROLE[membership.role],
        person=membership.user.display_name,
        body=subject_of(membership),
        read_only=membership.read_only,
        duty=membership.duty,
    )


def _narrowed(membership: Membership) -> tuple[Role, str]:
    """Role and division acted under. A body limited to one of its divisions acts on the level of that one.

    A provincial account limited to a city must not pass where the whole province is asked for.
    """
    role = Role(membership.role)
    own = membership.authority.division_id if membership.authority is not None else ""
    limit = membership.limit_division
    if not limit or not own:
        return role, own
    if not limit.startswith(division_prefix(own)):
        return role, ""
    if role in (Role.PROVINCE, Role.CITY) and limit != own:
        role = Role.CITY if limit.endswith("00") else Role.COUNTY
    return role, limit
