"""一种报文形状怎样落到分钟行的各列：快慢两条解析路径共用同一份安排和同一套取值规则。"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gongdi.protocols.hj212.factors import (
    FACTORS,
    IMPLAUSIBLE,
    MARKS,
    NORMAL,
    NOT_SENT,
    RANGES,
    ROW_COLUMNS,
    UNKNOWN_MARK,
    WITHOUT_MARK,
    canonical,
    scale,
)
from gongdi.protocols.hj212.profiles import DeviceSettings

Key = tuple[str, str]  # factor code and suffix, as sent
Values = tuple[float | None, ...]

# Strict decimal grammar: no nan, inf, 1e5, 1_000 or full-width digits.
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
LIMIT = 1e9  # beyond it a value is not even kept, the column is a float4
_REALTIME = ("rtd", "avg", "data")
_PERIOD = ("avg", "data", "rtd")


class Plan(NamedTuple):
    """Where each column and each factor's mark comes from; `extra` are the entries that fit no column."""

    columns: tuple[Key | None, ...]
    flags: tuple[Key | None, ...]
    extra: tuple[Key, ...]
    scales: tuple[tuple[float, float], ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]


def make_plan(cn: int, factors: Mapping[str, Mapping[str, str]], settings: DeviceSettings) -> Plan:
    """Arrange the factor entries of one packet shape; looks at keys only, never at values."""
    chosen: dict[str, Key] = {}
    flags: dict[str, Key] = {}
    used: set[Key] = set()
    for factor in FACTORS:
        codes = [code for code in factors if canonical(code, settings) == factor]
        flag = _pick(codes, factors, ("flag",))
        for statistic, suffixes in (
            ("avg", _REALTIME if cn == 2011 else _PERIOD),
            ("min", ("min",)),
            ("max", ("max",)),
        ):
            key = _pick_statistic(factor, statistic, codes, factors, suffixes, cn)
            if key is not None:
                chosen[f"{factor}_{statistic}"] = key
        average = chosen.get(f"{factor}_avg")
        own = _pick([average[0]], factors, ("flag",)) if average else flag
        if own is not None:
            flags[factor] = own
        used |= {(code, suffix) for code in codes for suffix in factors[code] if suffix.lower() == "flag"}
    used |= set(chosen.values())
    extra = tuple(
        (code, suffix) for code, parts in factors.items() for suffix in parts if (code, suffix) not in used
    )
    owners = [column.rpartition("_")[0] for column in ROW_COLUMNS]
    return Plan(
        tuple(chosen.get(column) for column in ROW_COLUMNS),
        tuple(flags.get(factor) for factor in FACTORS),
        tuple(key for key in extra if not _is_direction_extreme(key, settings)),
        tuple(scale(owner, settings) for owner in owners),
        tuple(RANGES[owner][0] for owner in owners),
        tuple(RANGES[owner][1] for owner in owners),
    )


def _is_direction_extreme(key: Key, settings: DeviceSettings) -> bool:
    return key[1].lower() in ("min", "max") and canonical(key[0], settings) == "wind_direction"


def _pick_statistic(
    factor: str,
    statistic: str,
    codes: Sequence[str],
    factors: Mapping[str, Mapping[str, str]],
    suffixes: Sequence[str],
    cn: int,
) -> Key | None:
    if factor != "noise":
        return _pick(codes, factors, suffixes)
    # Noise (annex C.25 to C.28): instant LA in realtime data, Leq/LMx/LMn in period data.
    names = {"avg": "leq", "max": "lmx", "min": "lmn"}
    special = [code for code in codes if code.lower() == names[statistic]]
    plain = [code for code in codes if code.lower() not in names.values()]
    first = _pick(special, factors, ("data", "avg", "rtd"))
    second = _pick(plain, factors, suffixes)
    if statistic == "avg" and cn == 2011:
        first, second = second, first
    return first or second


def _pick(
    codes: Sequence[str], factors: Mapping[str, Mapping[str, str]], suffixes: Sequence[str]
) -> Key | None:
    for suffix in suffixes:
        for code in codes:
            for sent in factors[code]:
                if sent.lower() == suffix:
                    return code, sent
    return None


def evaluate(plan: Plan, texts: Sequence[str | None], flags: Sequence[str | None]) -> tuple[Values, int]:
    """Values in stored units and the packed marks, from the texts of the columns and of the marks."""
    values: list[float | None] = []
    faults: dict[str, int] = {}
    for index, text in enumerate(texts):
        value, fault = _value(text, plan, index)
        values.append(value)
        if fault:
            owner = ROW_COLUMNS[index].rpartition("_")[0]
            faults[owner] = (
                max(fault, faults.get(owner, 0)) if faults.get(owner) != UNKNOWN_MARK else UNKNOWN_MARK
            )
    marks = 0
    for position, factor in enumerate(FACTORS):
        sent = values[3 * position] is not None or factor in faults
        marks |= _mark(flags[position], sent, faults.get(factor, 0)) << (4 * position)
    return tuple(values), marks


def _value(text: str | None, plan: Plan, index: int) -> tuple[float | None, int]:
    if text is None or not (text := text.strip()):
        return None, 0
    if not NUMBER.fullmatch(text):
        return None, UNKNOWN_MARK
    multiplier, divisor = plan.scales[index]
    value = float(text) * multiplier / divisor
    if plan.lows[index] <= value <= plan.highs[index]:
        return value, 0
    return (value if abs(value) <= LIMIT else None), IMPLAUSIBLE


def _mark(flag: str | None, sent: bool, fault: int) -> int:
    """Nibble of one factor: the device's own mark, unless it claims a value that is none."""
    flag = (flag or "").strip().upper()
    mark = MARKS.get(flag, UNKNOWN_MARK) if flag else WITHOUT_MARK
    if mark not in (NORMAL, WITHOUT_MARK):
        return mark
    if fault:
        return fault
    return mark if sent else NOT_SENT
