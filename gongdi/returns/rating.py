"""由计数得回传率：每个页面、文件和汇总都经过这里，这里只调用规则 combine。"""

from datetime import date
from fractions import Fraction

from gongdi.kernel import policy as p
from gongdi.kernel.exact import ratio
from gongdi.returns.rules import Combined, Streams, Weights, combine
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from gongdi.telemetry.terms import Terms


def weights_of(month: date, terms: Terms) -> Weights:
    """Weights of the streams in force on the first day of a month (权重)."""
    get = terms.policy.get
    return Weights(get(p.WEIGHT_DOCUMENTS, month), get(p.WEIGHT_VIDEO, month), get(p.WEIGHT_DUST, month))


def dust_rate(credit_units: int, counted: int) -> Fraction | None:
    """Rate of the dust stream (扬尘) from its exact counters; None when no device-day is counted."""
    return ratio(Fraction(credit_units, CREDIT_UNIT), counted)


def combined_of(credit_units: int, counted: int, weights: Weights) -> Combined:
    """Return rate (数据回传率) of a project; documents and video do not apply yet (不适用)."""
    return combine(Streams(None, None, dust_rate(credit_units, counted)), weights)
