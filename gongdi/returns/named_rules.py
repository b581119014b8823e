"""按名字试算的规则：数据回传率各项。"""

from fractions import Fraction

from gongdi.kernel.cases import Case, NamedRule, RuleContext, not_above, whole
from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.exact import fraction_text, parse_fraction, percent_text
from gongdi.kernel.policy import DUST_DAY_HOURS, WEIGHT_DOCUMENTS, WEIGHT_DUST, WEIGHT_VIDEO
from gongdi.returns import rules


def document_rate(case: Case, context: RuleContext) -> dict[str, object]:
    """`due, exempt, on_time, late, missing` -> `rate, percent, on_time_rate, on_time_percent`."""
    due, exempt = case.integer("due"), case.integer("exempt")
    on_time, late, missing = case.integer("on_time"), case.integer("late"), case.integer("missing")
    if due != exempt + on_time + late + missing:
        raise UnusableInput("应传总数应等于免传、按时、补传、缺传之和。")
    found = rules.document_rate(due, exempt, on_time, late)
    return {
        "rate": fraction_text(found.rate),
        "percent": percent_text(found.rate),
        "on_time_rate": fraction_text(found.on_time_rate),
        "on_time_percent": percent_text(found.on_time_rate),
    }


def dust_stream(case: Case, context: RuleContext) -> dict[str, object]:
    """`days`, a list of `[count, valid_hours, expected_hours]` -> `rate, percent`."""
    days = [_device_days(row) for row in case.rows("days")]
    rate = rules.dust_stream(days, context.policies.get(DUST_DAY_HOURS, context.today))
    return {"rate": fraction_text(rate), "percent": percent_text(rate)}


def combined_rate(case: Case, context: RuleContext) -> dict[str, object]:
    """`documents, video, dust` (fraction or null) -> `rate, percent, is_full`."""
    streams = rules.Streams(*(case.share_or_none(name) for name in ("documents", "video", "dust")))
    found = rules.combine(streams, _weights(context))
    return {
        "rate": fraction_text(found.rate),
        "percent": percent_text(found.rate),
        "is_full": found.is_full,
    }


def enterprise_rate(case: Case, context: RuleContext) -> dict[str, object]:
    """`projects` with pairs -> `documents, video, dust, rate, percent`."""
    found = rules.enterprise_rate(_projects(case), _weights(context))
    return {
        "documents": fraction_text(found.streams.documents),
        "video": fraction_text(found.streams.video),
        "dust": fraction_text(found.streams.dust),
        "rate": fraction_text(found.combined.rate),
        "percent": percent_text(found.combined.rate),
    }


def region_rate(case: Case, context: RuleContext) -> dict[str, object]:
    """`projects` with pairs -> `mean, mean_percent, share_full, share_full_percent`."""
    found = rules.region_rate(_projects(case), _weights(context))
    return {
        "mean": fraction_text(found.mean),
        "mean_percent": percent_text(found.mean),
        "share_full": fraction_text(found.share_full),
        "share_full_percent": percent_text(found.share_full),
    }


def entry_rate(case: Case, context: RuleContext) -> dict[str, object]:
    """`entered, due_set` -> `rate, percent`."""
    entered, due_set = case.integer("entered"), case.integer("due_set")
    not_above(entered, due_set, "已入库数与应入库数")
    rate = rules.entry_rate(entered, due_set)
    return {"rate": fraction_text(rate), "percent": percent_text(rate)}


def _device_days(row: object) -> tuple[int, int, int]:
    if not isinstance(row, list) or len(row) != 3:
        raise UnusableInput("days 的每一项应为 [台日数, 有效小时, 应传小时]。")
    count = whole(row[0], "台日数")
    valid, expected = whole(row[1], "有效小时", 24), whole(row[2], "应传小时", 24)
    not_above(valid, expected, "有效小时与应传小时")
    return count, valid, expected


def _projects(case: Case) -> list[rules.ProjectPairs]:
    found = []
    for row in case.rows("projects"):
        if not isinstance(row, dict):
            raise UnusableInput("projects 的每一项应为对象。")
        pairs = [_pair(row, name) for name in ("documents", "video", "dust")]
        found.append(rules.ProjectPairs(*pairs))
    return found


def _pair(row: dict[str, object], name: str) -> rules.Pair | None:
    if name not in row:
        raise UnusableInput(f"projects 的某一项缺少 {name}。")
    pair = row[name]
    if pair is None:
        return None
    if not isinstance(pair, list) or len(pair) != 2:
        raise UnusableInput(f"{name} 应为 [分子, 分母] 或 null。")
    numerator, denominator = _credits(pair[0], name), whole(pair[1], f"{name} 的分母")
    not_above(numerator, denominator, name)
    return numerator, denominator


def _credits(value: object, name: str) -> Fraction | int:
    """Credits of device-days may be a fraction text, counts are whole numbers."""
    found = parse_fraction(value) if isinstance(value, str) else None
    return whole(value, f"{name} 的分子") if found is None else found


def _weights(context: RuleContext) -> rules.Weights:
    get, today = context.policies.get, context.today
    return rules.Weights(get(WEIGHT_DOCUMENTS, today), get(WEIGHT_VIDEO, today), get(WEIGHT_DUST, today))


RULES: dict[str, NamedRule] = {
    "document_rate": document_rate,
    "dust_stream": dust_stream,
    "combined_rate": combined_rate,
    "enterprise_rate": enterprise_rate,
    "region_rate": region_rate,
    "entry_rate": entry_rate,
}
