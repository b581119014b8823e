"""按名字试算的规则：接入期限与接入状态。"""

from datetime import date

from gongdi.kernel.cases import Case, NamedRule, RuleContext
from gongdi.kernel.policy import ACCESS_BASE_DAYS, ACCESS_NOT_BEFORE
from gongdi.projects import rules


def _deadline(case: Case, context: RuleContext) -> date:
    start = case.day("start")
    terms = rules.AccessTerms(
        base_days=context.policies.get(ACCESS_BASE_DAYS, start),
        not_before=context.policies.get(ACCESS_NOT_BEFORE, start),
    )
    return rules.access_deadline(start, case.optional_integer("excluded_days"), terms, context.calendar)


def access_deadline(case: Case, context: RuleContext) -> dict[str, object]:
    """`start`, optional `excluded_days` -> `deadline`."""
    return {"deadline": _deadline(case, context).isoformat()}


def access_status(case: Case, context: RuleContext) -> dict[str, object]:
    """`start, connected_on, today`, optional `excluded_days` -> `status, overdue_days`."""
    deadline = _deadline(case, context)
    access = rules.access_status(deadline, case.day_or_none("connected_on"), case.day("today"))
    return {"status": access.status.value, "overdue_days": access.overdue_days}


RULES: dict[str, NamedRule] = {"access_deadline": access_deadline, "access_status": access_status}
