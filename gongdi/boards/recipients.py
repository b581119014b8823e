"""催办和督办告诉谁：此刻在任、能办事的人，按单位或项目分开。"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from gongdi.orgs.models import Membership


def accounts_by(wanted: Q, field: str, day: date) -> dict[object, list[int]]:
    """Accounts of the memberships (身份) in force on a Shanghai day, by the value of a field (1 query).

    Nobody who has left, whose account is closed, or who may only look.
    """
    rows: Iterable[tuple[object, int]] = (
        Membership.objects.filter(wanted, ended_at__isnull=True, user__is_active=True, read_only=False)
        .filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
        .values_list(field, "user_id")
    )
    found: dict[object, list[int]] = defaultdict(list)
    for key, user in rows:
        found[key].append(user)
    return found
