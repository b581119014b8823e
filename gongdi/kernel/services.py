"""作出政策决定、公布工作日历：只新增，从不改旧行。"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import CalendarError, NotAllowed, PolicyError
from gongdi.kernel.models import CalendarYear, PolicyValue
from gongdi.kernel.policy import division_prefix, parameter
from gongdi.kernel.scope import Role, Scope

SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """A change to decide (政策决定): `division` None for the province, `value` as stored in JSON."""

    key: str
    value: object
    valid_from: date
    basis: str
    division: str | None = None


def decide_policy(*, decision: PolicyDecision, scope: Scope, decided_by: str, now: datetime) -> PolicyValue:
    """Insert one policy row. The province decides for all, a city for its own division.

    PolicyError for an unknown key, an unusable value or a date before today; NotAllowed outside the scope.
    """
    if decision.division is not None and not SIX_DIGITS.fullmatch(decision.division):
        raise PolicyError("区划应为六位数字的代码，全省的决定留空。")
    _check_scope(decision.division, scope)
    parameter(decision.key).read(decision.value)
    if decision.valid_from < shanghai_day(now):
        raise PolicyError("生效日期不能早于今天：政策不溯及既往。")
    if not decision.basis.strip():
        raise PolicyError("请写明作出决定的依据。")
    return PolicyValue.objects.create(
        key=decision.key,
        division=decision.division,
        value=decision.value,
        valid_from=decision.valid_from,
        basis=decision.basis.strip(),
        decided_by=decided_by,
        created_at=now,
    )


@dataclass(frozen=True, slots=True)
class YearNotice:
    """The State Council's notice for one year: days that differ from Monday to Friday (True = working)."""

    year: int
    exceptions: Mapping[date, bool]
    basis: str


def publish_year(*, notice: YearNotice, scope: Scope, decided_by: str, now: datetime) -> CalendarYear:
    """Enter the published calendar of a year (节假日安排); a later row of the same year replaces it."""
    if scope.role is not Role.PROVINCE:
        raise NotAllowed("只有省级主管部门可以录入工作日历。")
    if any(day.year != notice.year for day in notice.exceptions):
        raise CalendarError(f"{notice.year} 年的日历里有别的年份的日期。")
    return CalendarYear.objects.create(
        year=notice.year,
        exceptions={day.isoformat(): working for day, working in sorted(notice.exceptions.items())},
        basis=notice.basis,
        decided_by=decided_by,
        created_at=now,
    )


def _check_scope(division: str | None, scope: Scope) -> None:
    if scope.role is Role.PROVINCE:
        return
    if scope.role is not Role.CITY or division is None:
        raise NotAllowed("全省的政策由省级主管部门决定，市级只能决定本市的政策。")
    prefix = division_prefix(division)
    if not any(prefix.startswith(allowed) for allowed in scope.division_prefixes):
        raise NotAllowed("该区划不在您的管辖范围内。")
