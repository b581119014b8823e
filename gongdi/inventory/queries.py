"""许可清单与项目清单的比对，以及导入批次的读取。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from gongdi.inventory.models import ImportBatch, ImportRow, Permit
from gongdi.kernel.scope import Scope
from gongdi.projects.models import Project
from gongdi.projects.queries import visible


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a batch by state."""

    right: int
    wrong: int
    applied: int

    @property
    def total(self) -> int:
        """All rows."""
        return self.right + self.wrong + self.applied


def permits(scope: Scope) -> QuerySet[Permit]:
    """Permits (施工许可) of the divisions of a body, or of an enterprise by its 统一社会信用代码."""
    wanted = Q()
    for prefix in scope.division_prefixes:
        wanted |= Q(division__code__startswith=prefix)
    return (
        Permit.objects.filter(wanted).select_related("division", "kind") if wanted else Permit.objects.none()
    )


def not_entered(scope: Scope) -> QuerySet[Permit]:
    """已许可未入库: permits without a project of the inventory, oldest first."""
    return permits(scope).filter(project__isnull=True).order_by("issued_on", "number")


def without_permit(scope: Scope, today: date) -> QuerySet[Project]:
    """未批先建: projects under way without a permit in the list; a clue for a person, never a verdict."""
    listed = Permit.objects.filter(project_id=OuterRef("id"))
    under_way = visible(scope).filter(started_on__lte=today).exclude(status=Project.Status.COMPLETED)
    return (
        under_way.filter(~Exists(listed))
        .select_related("division", "contractor")
        .order_by("started_on", "number")
    )


def batches(scope: Scope) -> QuerySet[ImportBatch]:
    """Uploads of the own body or enterprise, newest first."""
    if scope.authority_id is not None:
        return ImportBatch.objects.filter(authority_id=scope.authority_id)
    if scope.enterprise_id is not None:
        return ImportBatch.objects.filter(enterprise_id=scope.enterprise_id)
    return ImportBatch.objects.none()


def batch(scope: Scope, ref: UUID) -> ImportBatch:
    """One upload of the own body; raises ImportBatch.DoesNotExist for any other."""
    return batches(scope).get(ref=ref)


def counts_of(batch_ids: list[int]) -> dict[int, Counts]:
    """Rows by state of several batches (1 query)."""
    found = dict.fromkeys(batch_ids, Counts(0, 0, 0))
    rows = ImportRow.objects.filter(batch_id__in=batch_ids).values("batch_id").annotate(
        right=Count("id", filter=Q(state="right")),
        wrong=Count("id", filter=Q(state="wrong")),
        applied=Count("id", filter=Q(state="applied")),
    )  # fmt: skip
    for row in rows.order_by():
        found[row["batch_id"]] = Counts(row["right"], row["wrong"], row["applied"])
    return found


def rows_of(batch_id: int, state: str = "") -> QuerySet[ImportRow]:
    """Rows of a batch in file order, of one state or all."""
    rows = ImportRow.objects.filter(batch_id=batch_id).select_related("project").order_by("number")
    return rows.filter(state=state) if state else rows


def permit_by_number(scope: Scope, number: str) -> Permit | None:
    """A permit not yet in the inventory that the scope may start a project from.

    A body: of its divisions; an enterprise: any permit whose 施工总承包 it is, checked by the caller.
    """
    found = Permit.objects.filter(number=number).select_related("division", "kind", "project").first()
    if found is None:
        return None
    if scope.division_prefixes:
        return found if any(found.division_id.startswith(one) for one in scope.division_prefixes) else None
    return found


def permit_numbers(project_ids: Iterable[int]) -> dict[int, str]:
    """Permit number by project, where the permit list has one (1 query)."""
    found = Permit.objects.filter(project__in=list(project_ids)).order_by("-id")
    return {key: number for key, number in found.values_list("project_id", "number") if key is not None}
