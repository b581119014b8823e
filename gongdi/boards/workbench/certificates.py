"""证照到期：本单位人员在各项目上的证书，三十天内到期和已过期的，先到期的在前。"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from gongdi.boards.workbench.inventory import Inventory
from gongdi.kernel.scope import Scope
from gongdi.projects.models import ProjectPost

AHEAD, SHOWN = timedelta(days=30), 6


@dataclass(frozen=True, slots=True)
class Expiring:
    """One certificate: until when, how near, what and whose, on which project."""

    until: date
    left: str
    tone: str
    what: str
    project: str
    ref: UUID


def expiring(scope: Scope, inventory: Inventory) -> dict[str, Any]:
    """Certificates that end within thirty days (2 queries); an enterprise sees those of its own people."""
    rows = ProjectPost.objects.filter(
        project__in=inventory.rows, valid_to=None, certificate_until__lte=inventory.today + AHEAD
    )
    if scope.enterprise_id is not None:
        rows = rows.filter(party__enterprise_id=scope.enterprise_id)
    found = rows.select_related("project").order_by("certificate_until", "id")[:SHOWN]
    return {"n": rows.count(), "lines": [_line(row, inventory.today) for row in found]}


def _line(row: ProjectPost, today: date) -> Expiring:
    assert row.certificate_until is not None
    left = (row.certificate_until - today).days
    words, tone = (f"过期 {-left} 天", "bad") if left < 0 else (f"剩 {left} 天", "warn")
    return Expiring(
        row.certificate_until, words, tone, f"{row.certificate or row.post} · {row.person_name}",
        row.project.name, row.project.ref,
    )  # fmt: skip
