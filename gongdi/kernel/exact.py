"""精确分数与截断百分数：显示永不四舍五入，只有恰好等于 1 才显示 100.00。"""

import re
from decimal import Decimal
from fractions import Fraction

_FRACTION = re.compile(r"(0|[1-9][0-9]{0,199})(?:/([1-9][0-9]{0,199}))?", re.ASCII)


def fraction_text(value: Fraction | None) -> str | None:
    """`"45/46"`, `"1"`, `"0"`, or None for a value that does not apply (不适用)."""
    if value is None:
        return None
    if value.denominator == 1:
        return _digits(value.numerator)
    return f"{_digits(value.numerator)}/{_digits(value.denominator)}"


def percent_text(value: Fraction | None) -> str | None:
    """Percent with two decimals, truncated, without the sign: 45/46 gives `"97.82"`."""
    if value is None:
        return None
    hundredths = value.numerator * 10_000 // value.denominator
    whole, rest = divmod(hundredths, 100)
    return f"{_digits(whole)}.{rest:02d}"


def parse_fraction(text: str) -> Fraction | None:
    """`"45/46"`, `"20/24"`, `"1"` or `"0"`; None when the text is no such fraction."""
    match = _FRACTION.fullmatch(text)
    if match is None:
        return None
    return Fraction(int(match[1]), int(match[2] or 1))


def ratio(numerator: int | Fraction, denominator: int) -> Fraction | None:
    """numerator / denominator; None when nothing is owed: nothing owed is not 100%."""
    return Fraction(numerator) / denominator if denominator else None


def total(values: list[Fraction]) -> Fraction:
    """Exact sum, added in pairs so that thousands of different denominators stay affordable."""
    while len(values) > 1:
        odd = values[-1:] if len(values) % 2 else []
        values = [a + b for a, b in zip(values[::2], values[1::2], strict=False)] + odd
    return values[0] if values else Fraction(0)


def _digits(value: int) -> str:
    """Decimal digits of any int; `str` refuses beyond 4,300 digits, Decimal does not."""
    return str(value) if -(10**18) < value < 10**18 else f"{Decimal(value):f}"
