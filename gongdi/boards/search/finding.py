"""一个框搜任何编号：项目、企业、设备，只在范围内找，恰好一个就直达。"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from gongdi.equipment import queries as equipment
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs.models import Enterprise
from gongdi.projects import queries as projects
from gongdi.projects.models import ProjectParty

PER_GROUP = 8
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: its name, the words below it, where it leads; `exact` when a number matches in full."""

    name: str
    below: str
    number: str
    href: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one kind; `more` leads to the list with the same word when there are further ones."""

    label: str
    icon: str
    hits: tuple[Hit, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything found for one word."""

    word: str
    groups: tuple[Group, ...]

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Results of all groups in order."""
        return tuple(hit for group in self.groups for hit in group.hits)

    @property
    def jump(self) -> str:
        """Address of the only result, or of the only one whose number is the word; else empty."""
        hits = self.hits
        exact = [hit for hit in hits if hit.exact]
        if len(exact) == 1:
            return exact[0].href
        return hits[0].href if len(hits) == 1 and not any(group.more for group in self.groups) else ""


def find(scope: Scope, word: str) -> Found:
    """Search inside the scope; at most one query a kind, each bounded (项目、企业、设备)."""
    if len(word) < SHORTEST:
        return Found(word, ())
    kinds: list[Callable[[Scope, str], Group]] = [_projects, _enterprises]
    if scope.may_read(DataKind.DUST):
        kinds.append(_devices)
    groups = (kind(scope, word) for kind in kinds)
    return Found(word, tuple(group for group in groups if group.hits))


def _projects(scope: Scope, word: str) -> Group:
    wanted = Q(name__contains=word) | Q(number__contains=word)
    if word.upper() != word or word.lower() != word:
        wanted |= Q(name__icontains=word) | Q(number__icontains=word)
    rows = projects.visible(scope).filter(wanted).select_related("contractor", "division").order_by("number")
    found = list(rows[: PER_GROUP + 1])
    hits = tuple(
        Hit(row.name, f"{row.division} · {row.contractor or '未登记施工单位'}", row.number, reverse("project", args=[row.ref]), row.number.upper() == word.upper())
        for row in found[:PER_GROUP]
    )  # fmt: skip
    more = f"{reverse('projects')}?q={word}" if len(found) > PER_GROUP else ""
    return Group("项目", "building-2", hits, more)


def enterprises(scope: Scope) -> QuerySet[Enterprise]:
    """Enterprises that a scope may open: all for the province, its own, else those with a project in scope."""
    rows = Enterprise.objects.all()
    if scope.role in (Role.PROVINCE, Role.INSTALLATION):
        return rows
    present = ProjectParty.objects.filter(enterprise_id=OuterRef("pk"), valid_to=None)
    theirs = present.filter(project__in=projects.visible(scope))
    return rows.filter(Q(Exists(theirs)) | Q(pk=scope.enterprise_id or 0))


def _enterprises(scope: Scope, word: str) -> Group:
    rows = enterprises(scope).filter(Q(name__icontains=word) | Q(uscc__startswith=word.upper()))
    found = list(rows.order_by("name")[: PER_GROUP + 1])
    hits = tuple(
        Hit(row.name, "统一社会信用代码", row.uscc, reverse("enterprise", args=[row.ref]), word.upper() == row.uscc or word == row.name)
        for row in found[:PER_GROUP]
    )  # fmt: skip
    more = f"{reverse('search')}?q={word}&of=enterprises" if len(found) > PER_GROUP else ""
    return Group("企业", "landmark", hits, more)


def _devices(scope: Scope, word: str) -> Group:
    rows = equipment.visible(scope).filter(mn__icontains=word, kind="dust").select_related("project")
    found = list(rows.order_by("mn")[: PER_GROUP + 1])
    hits = tuple(
        Hit(f"{row.project.name} {row.name}", row.place or "未登记位置", row.mn, reverse("device", args=[row.ref]), row.mn.upper() == word.upper())
        for row in found[:PER_GROUP]
    )  # fmt: skip
    more = f"{reverse('devices')}?q={word}" if len(found) > PER_GROUP else ""
    return Group("设备", "wind", hits, more)
