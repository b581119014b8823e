"""报文里的因子：发来的值、按登记单位折算的值、每个值站不站得住，以及单位像不像登记的。"""

from collections.abc import Sequence
from dataclasses import dataclass

from gongdi.protocols.hj212.factors import IMPLAUSIBLE, MARKS, UNKNOWN_MARK, WITHOUT_MARK
from gongdi.protocols.hj212.plans import Plan, evaluate, make_plan
from gongdi.protocols.hj212.profiles import DeviceSettings, PmUnit
from gongdi.protocols.hj212.segments import Segment
from gongdi.telemetry.factors import FACTORS, Factor, compass

UNIT_NAMES: dict[PmUnit, str] = {"ug": "µg/m³", "ng": "ng/m³", "mg": "mg/m³"}
PARTICLES = (0, 1, 2)
ORDER = (FACTORS[1], FACTORS[2], FACTORS[0], *FACTORS[3:])
"""PM10, PM2.5, TSP, then the rest, as people read them."""
LEAST_UG = 1.0
"""Building sites never have so little: values below it all are another unit."""
_MARK_WORDS = {"T": "超量程", "M": "维护", "C": "校准", "D": "故障", "B": "与仪器失联", "F": "停运", "S": "手工设定", "P": "停电"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One factor: name as the standard says, text as sent, value in the stored unit, `ok`, `doubt` or `bad`."""

    factor: Factor
    code: str
    suffix: str
    sent: str
    stored: str
    unit: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class Values:
    """All factors of a packet; `suspected`: the unit that fits where the registered one does not."""

    lines: tuple[ValueLine, ...]
    unit: PmUnit
    suspected: PmUnit | None
    reasons: tuple[str, ...]

    @property
    def right(self) -> int:
        """Number of factors without a doubt."""
        return sum(line.state == "ok" for line in self.lines)


def values_of(segment: Segment, unit: PmUnit = "ug") -> Values:
    """Read the factors of a data packet under a unit of particulates; nothing is guessed into the value."""
    number = segment.header.get("CN", "")
    cn = int(number) if number in ("2011", "2051", "2061", "2031") else 2051
    plan = make_plan(cn, segment.factors, DeviceSettings(pm_unit=unit))
    read = _evaluated(plan, segment)
    suspected = _suspected(segment, cn, unit)
    lines = [
        _line(factor, plan, read, segment, suspected)
        for factor in ORDER
        if plan.columns[3 * factor.index] is not None
    ]
    return Values(tuple(lines), unit, suspected, _reasons(lines, segment, cn, suspected))


def _evaluated(plan: Plan, segment: Segment) -> tuple[Sequence[float | None], int]:
    texts = [segment.factors[key[0]][key[1]] if key else None for key in plan.columns]
    flags = [segment.factors[key[0]][key[1]] if key else None for key in plan.flags]
    return evaluate(plan, texts, flags)


def _line(
    factor: Factor,
    plan: Plan,
    read: tuple[Sequence[float | None], int],
    segment: Segment,
    suspected: PmUnit | None,
) -> ValueLine:
    code, suffix = plan.columns[3 * factor.index] or ("", "")
    sent = segment.factors[code][suffix].strip()
    value, mark = read[0][3 * factor.index], read[1] >> (4 * factor.index) & 15
    state, note = _state(mark, value)
    unit = factor.unit
    if suspected is not None and factor.index in PARTICLES:
        value = _under(segment, plan, suspected, factor.index)
        state, note = "doubt", f"按 {UNIT_NAMES[suspected]} 折算"
    stored = "" if value is None else f"{value:.{factor.decimals}f}"
    if factor.name == "wind_direction" and value is not None and state == "ok":
        unit = f"° {compass(value)}"
    return ValueLine(factor, code, suffix, sent, stored, unit, state, note)


def _state(mark: int, value: float | None) -> tuple[str, str]:
    if mark == IMPLAUSIBLE:
        return "bad", "超出量程"
    if mark == UNKNOWN_MARK:
        return "bad", "不是数值，或标记不认识"
    if mark == WITHOUT_MARK:
        return "ok", "没有标记"
    if value is None:
        return "doubt", "空值，按未传计"
    letter = next((letter for letter, nibble in MARKS.items() if nibble == mark), "")
    if letter in ("N", "T"):
        return "ok", _MARK_WORDS.get(letter, "")
    return "doubt", f"标记 {letter} {_MARK_WORDS.get(letter, '')}，不计有效"


def _under(segment: Segment, plan: Plan, unit: PmUnit, index: int) -> float | None:
    own = make_plan(2051, segment.factors, DeviceSettings(pm_unit=unit))
    other = plan._replace(scales=own.scales)
    return _evaluated(other, segment)[0][3 * index]


def _suspected(segment: Segment, cn: int, unit: PmUnit) -> PmUnit | None:
    """The one other unit under which all particulates are plausible and in order, when they are not under `unit`."""
    if _plausible(segment, cn, unit):
        return None
    fitting = [other for other in UNIT_NAMES if other != unit and _plausible(segment, cn, other)]
    return fitting[0] if len(fitting) == 1 else None


def _plausible(segment: Segment, cn: int, unit: PmUnit) -> bool:
    plan = make_plan(cn, segment.factors, DeviceSettings(pm_unit=unit))
    values, marks = _evaluated(plan, segment)
    found = [values[3 * at] for at in PARTICLES if plan.columns[3 * at]]
    if any(marks >> (4 * at) & 15 in (IMPLAUSIBLE, UNKNOWN_MARK) for at in PARTICLES):
        return False
    present = [value for value in found if value is not None]
    return not present or max(present) >= LEAST_UG


def _reasons(
    lines: Sequence[ValueLine], segment: Segment, cn: int, suspected: PmUnit | None
) -> tuple[str, ...]:
    if suspected is None:
        return ()
    plan = make_plan(cn, segment.factors, DeviceSettings(pm_unit=suspected))
    values, _ = _evaluated(plan, segment)
    tsp, pm10, pm25 = (values[3 * at] for at in PARTICLES)
    present = [value for value in (pm25, pm10, tsp) if value is not None]
    if len(present) > 1 and present == sorted(present):
        names = [name for name, value in (("PM2.5", pm25), ("PM10", pm10), ("TSP", tsp)) if value is not None]
        return (" ≤ ".join(names) + " 也成立",)
    return ()
