"""作出政策决定、公布工作日历：只新增，从不改旧行。"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import CalendarError, NotAllowed, PolicyError
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.models import CalendarYear, PolicyValue
from gongdi.kernel.policy import division_prefix, parameter
from gongdi.kernel.scope import Role, Scope

ACT_WORDS = {"kernel.policy_decided": "作出政策决定", "kernel.year_published": "录入工作日历"}
SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """A change to decide (政策决定): `division` None for the province, `value` as stored in JSON."""

    key: str
    value: object
    valid_from: date
    basis: str
    division: str | None = None


def ref_of(what: str) -> UUID:
    """Key under which the evidence of a parameter or a calendar year is found: `policy:KEY`, `calendar:YEAR`."""
    return uuid5(NAMESPACE_URL, f"gongdi:{what}")


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
    with transaction.atomic():
        row = PolicyValue.objects.create(
            key=decision.key,
            division=decision.division,
            value=decision.value,
            valid_from=decision.valid_from,
            basis=decision.basis.strip(),
            decided_by=decided_by,
            created_at=now,
        )
        facts = {"value": decision.value, "division": decision.division, "valid_from": decision.valid_from}
        about = About("kernel.policy", ref_of(f"policy:{row.key}"), name=parameter(row.key).name)
        record(
            act="kernel.policy_decided", about=about, facts=facts, by=scope, now=now, reason=decision.basis
        )
    return row


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
    if not notice.basis.strip():
        raise CalendarError("请写明所据的通知，如 国办发明电〔2026〕7号。")
    exceptions = {day.isoformat(): working for day, working in sorted(notice.exceptions.items())}
    with transaction.atomic():
        row = CalendarYear.objects.create(
            year=notice.year,
            exceptions=exceptions,
            basis=notice.basis.strip(),
            decided_by=decided_by,
            created_at=now,
        )
        about = About("kernel.calendar", ref_of(f"calendar:{notice.year}"), name=f"{notice.year} 年工作日历")
        facts = {"year": notice.year, "exceptions": exceptions}
        record(act="kernel.year_published", about=about, facts=facts, by=scope, now=now, reason=row.basis)
    return row


def _check_scope(division: str | None, scope: Scope) -> None:
    if scope.role is Role.PROVINCE:
        return
    if scope.role is not Role.CITY or division is None:
        raise NotAllowed("全省的政策由省级主管部门决定，市级只能决定本市的政策。")
    prefix = division_prefix(division)
    if not any(prefix.startswith(allowed) for allowed in scope.division_prefixes):
        raise NotAllowed("该区划不在管辖范围内。")
