"""按名字试算的规则：扬尘小时与日得分。"""

from gongdi.kernel.cases import Case, NamedRule, RuleContext, not_above
from gongdi.kernel.exact import fraction_text
from gongdi.kernel.policy import DUST_DAY_HOURS, DUST_HOUR_SHARE
from gongdi.telemetry.rules import hours


def dust_hour(case: Case, context: RuleContext) -> dict[str, object]:
    """`expected, valid` samples of an hour -> `valid`."""
    expected, valid = case.integer("expected", 60), case.integer("valid", 60)
    not_above(valid, expected, "有效样本数与应传样本数")
    share = context.policies.get(DUST_HOUR_SHARE, context.today)
    return {"valid": hours.hour_valid(expected, valid, share)}


def dust_day(case: Case, context: RuleContext) -> dict[str, object]:
    """`expected_hours, valid_hours` -> `needed, credit`."""
    expected, valid = case.integer("expected_hours", 24), case.integer("valid_hours", 24)
    not_above(valid, expected, "有效小时数与应传小时数")
    day = hours.day_credit(expected, valid, context.policies.get(DUST_DAY_HOURS, context.today))
    return {"needed": day.needed, "credit": fraction_text(day.credit)}


RULES: dict[str, NamedRule] = {"dust_hour": dust_hour, "dust_day": dust_day}
