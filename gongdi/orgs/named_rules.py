"""按名字试算的规则：统一社会信用代码与公民身份号码。"""

from gongdi.kernel.cases import Case, NamedRule, RuleContext
from gongdi.orgs import rules


def uscc(case: Case, context: RuleContext) -> dict[str, object]:
    """`code` -> `valid`."""
    return {"valid": rules.uscc_valid(case.text("code"))}


def id_card(case: Case, context: RuleContext) -> dict[str, object]:
    """`code` -> `valid`; a birth date after the day of asking is not valid."""
    return {"valid": rules.id_card_valid(case.text("code"), context.today)}


RULES: dict[str, NamedRule] = {"uscc": uscc, "id_card": id_card}
