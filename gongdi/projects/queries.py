"""项目的读取；按范围取项目只有 visible 这一个入口。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from gongdi.kernel.scope import Role, Scope
from gongdi.projects.models import Project, ProjectKindRule, ProjectParty

SOON = timedelta(days=7)
"""A deadline this near is a near one (临期)."""


@dataclass(frozen=True, slots=True)
class DustDuty:
    """Dust duty (扬尘义务) of a kind on a day: rule area, length or none, square metres or metres a device."""

    rule: str
    per_m2: int | None
    per_m: int | None


def visible(scope: Scope) -> QuerySet[Project]:
    """Projects (项目) inside a scope: the one QuerySet of every page, export, search, job and live event.

    A housing body or a zone sees what it and the bodies below it supervise (by prefix), a station what it
    supervises itself, urban management and the approval bureau what lies in their area; an enterprise the
    projects in which it has its part now, a person on site that project. The empty scope sees nothing. The holding project of unassigned devices is never a
    project of the inventory: see `visible_with_holding`.
    """
    return _in_scope(scope).filter(holding=False)


def visible_with_holding(scope: Scope) -> QuerySet[Project]:
    """As `visible`, and for the province (and the operator) the holding project 待分配设备 as well."""
    found = _in_scope(scope)
    if scope.role in (Role.PROVINCE, Role.INSTALLATION):
        return found
    return found.filter(holding=False)


def visible_ids(scope: Scope) -> set[int]:
    """Keys of the visible projects, the holding project included where it may be seen."""
    return set(visible_with_holding(scope).values_list("id", flat=True))


def visible_project(scope: Scope, ref: UUID) -> Project:
    """One visible project by its public key; raises Project.DoesNotExist for any other."""
    return visible(scope).select_related("kind", "division", "contractor").get(ref=ref)


def holding_project() -> Project:
    """The built-in project of devices not assigned yet (待分配设备)."""
    return Project.objects.get(holding=True)


def dust_duty(kind_code: str, day: date) -> DustDuty | None:
    """Dust duty of a kind on a Shanghai day, None before the first rule."""
    rule = (
        ProjectKindRule.objects.filter(kind_id=kind_code, valid_from__lte=day).order_by("-valid_from").first()
    )
    return None if rule is None else DustDuty(rule.dust_rule, rule.per_m2, rule.per_m)


def dust_duties(day: date) -> dict[str, DustDuty]:
    """Dust duty of every kind on a Shanghai day, by code: one query for a list of projects."""
    rules = ProjectKindRule.objects.filter(valid_from__lte=day).order_by("valid_from")
    return {rule.kind_id: DustDuty(rule.dust_rule, rule.per_m2, rule.per_m) for rule in rules}


def in_view(key: str, today: date) -> Q:
    """Condition of a usual view of the inventory (常用视图): open, connected, soon, overdue, stopped; else none."""
    if key == "open":
        return ~Q(status="completed")
    if key == "connected":
        return Q(connected_on__isnull=False)
    if key == "overdue":
        return Q(connected_on__isnull=True, access_deadline__lt=today)
    if key == "soon":
        return Q(connected_on__isnull=True, access_deadline__range=(today, today + SOON))
    if key == "stopped":
        return Q(status="stopped")
    return Q()


def named(word: str) -> Q:
    """Condition of a search word: part of the name, the number or the 施工总承包; none for an empty word."""
    if not word:
        return Q()
    return Q(name__icontains=word) | Q(number__icontains=word) | Q(contractor__name__icontains=word)


BY_PLACE = frozenset({Role.URBAN, Role.APPROVAL})
"""Bodies that read by area (属地), whoever supervises."""
PARTY_KINDS = {
    Role.ENTERPRISE: (ProjectParty.Kind.GENERAL_CONTRACTOR, ProjectParty.Kind.SUBCONTRACTOR),
    Role.DEVELOPER: (ProjectParty.Kind.DEVELOPER,),
    Role.SUPERVISOR: (ProjectParty.Kind.SUPERVISOR,),
}


def _in_scope(scope: Scope) -> QuerySet[Project]:
    wanted = Q()
    if scope.role is Role.STATION:
        wanted |= Q(quality_authority_id=scope.authority_id) | Q(safety_authority_id=scope.authority_id)
    else:
        for prefix in scope.division_prefixes:
            wanted |= _supervised(prefix, scope)
    if scope.enterprise_id is not None and scope.role in PARTY_KINDS:
        wanted |= Q(id__in=_projects_of_party(scope.enterprise_id, PARTY_KINDS[scope.role]))
    if scope.project_ids:
        wanted |= Q(id__in=scope.project_ids)
    return Project.objects.filter(wanted) if wanted else Project.objects.none()


def _supervised(prefix: str, scope: Scope) -> Q:
    """One prefix of an indexed column each: the holding project has no code and belongs to the province."""
    if scope.role in BY_PLACE or scope.role in (Role.PROVINCE, Role.INSTALLATION):
        return Q(division__code__startswith=prefix)
    return Q(safety_code__startswith=prefix) | Q(quality_code__startswith=prefix)


def _projects_of_party(enterprise_id: int, kinds: Sequence[str]) -> QuerySet[ProjectParty, int]:
    """Projects in which an enterprise has one of these parts now; one that left sees them no more."""
    present = ProjectParty.objects.filter(enterprise_id=enterprise_id, kind__in=kinds, valid_to__isnull=True)
    return present.values_list("project_id", flat=True)
