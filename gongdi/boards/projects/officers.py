"""清单上移交监督员：本单位能办事的人，勾选的项目一次改派。"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.models import Membership, User
from gongdi.projects import queries as projects
from gongdi.projects.services.officers import assign_officer

SUPERVISING = frozenset({Role.CITY, Role.COUNTY, Role.STATION, Role.ZONE})


def colleagues(scope: Scope, today: date) -> tuple[tuple[str, str], ...]:
    """Public key and name of those of the own body who may act today; none for whoever does not supervise."""
    if scope.role not in SUPERVISING or scope.authority_id is None or scope.read_only:
        return ()
    held = Membership.objects.filter(authority_id=scope.authority_id, read_only=False, valid_from__lte=today)
    held = held.filter(Q(valid_to=None) | Q(valid_to__gte=today))
    people = User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("display_name", "id")
    return tuple((str(ref), name) for ref, name in people.values_list("ref", "display_name"))


def hand_to(refs: Sequence[str], officer: str, scope: Scope, now: datetime) -> tuple[int, str]:
    """Make a colleague the officer of the ticked projects; number of projects and the name of the colleague."""
    names = dict(colleagues(scope, shanghai_day(now)))
    if officer not in names:
        raise UnusableInput("先选移交给哪位同事。")
    ids = list(projects.visible(scope).filter(ref__in=refs).values_list("pk", flat=True))
    if not ids:
        raise UnusableInput("还没有勾选项目，先在清单里勾选。")
    taker = User.objects.get(ref=UUID(officer))
    assign_officer(project_ids=ids, officer_id=taker.pk, by=scope, now=now, reason="清单移交")
    return len(ids), names[officer]
