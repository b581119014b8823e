"""规则试算的输入：读不懂的每一种都有一句中文，指出是哪一项。"""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from gongdi.kernel.cases import LARGEST, Case, not_above, whole
from gongdi.kernel.errors import UnusableInput


def read(value: object, reader: str) -> object:
    """Read the item `x` of a case with one reader."""
    found: Callable[[str], object] = getattr(Case({"x": value}), reader)
    return found("x")


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        ("integer", 0, 0),
        ("integer", LARGEST, LARGEST),
        ("optional_integer", 5, 5),
        ("day", "2026-02-28", date(2026, 2, 28)),
        ("day_or_none", None, None),
        ("text", "", ""),
        ("text", "９1", "９1"),
        ("share_or_none", "0", Fraction(0)),
        ("share_or_none", "1", Fraction(1)),
        ("share_or_none", "20/24", Fraction(5, 6)),
        ("share_or_none", None, None),
        ("rows", [], []),
        ("rows", [1, "a"], [1, "a"]),
    ],
)
def test_what_is_usable_is_read_exactly(reader: str, value: object, expected: object) -> None:
    assert read(value, reader) == expected


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("integer", -1), ("integer", True), ("integer", 1.0), ("integer", "1"), ("integer", None),
        ("integer", LARGEST + 1), ("integer", [1]),
        ("day", None), ("day", "2026-02-29"), ("day", "20260228"), ("day", "2026-2-28"), ("day", "2026-W09-6"),
        ("day", "２026-02-28"), ("day", 20260228), ("day", "2026-02-28T00:00"), ("day", " 2026-02-28"),
        ("day_or_none", ""), ("day_or_none", False),
        ("text", 5), ("text", None), ("text", ["a"]),
        ("share_or_none", "3/2"), ("share_or_none", 0.5), ("share_or_none", "50%"), ("share_or_none", "-1/2"),
        ("share_or_none", "1/0"), ("share_or_none", ""), ("share_or_none", 1),
        ("rows", {"a": 1}), ("rows", "abc"), ("rows", None),
    ],
)  # fmt: skip
def test_what_is_not_usable_is_named_in_chinese(reader: str, value: object) -> None:
    with pytest.raises(UnusableInput, match=r"输入项 x 应为") as refused:
        read(value, reader)
    assert str(refused.value).endswith("。")


@pytest.mark.parametrize("reader", ["integer", "day", "day_or_none", "text", "share_or_none", "rows"])
def test_a_missing_item_is_named(reader: str) -> None:
    with pytest.raises(UnusableInput, match="缺少输入项 y"):
        getattr(Case({"x": 1}), reader)("y")


def test_only_the_optional_number_may_be_absent() -> None:
    assert Case({}).optional_integer("excluded_days") == 0
    with pytest.raises(UnusableInput):
        Case({"excluded_days": None}).optional_integer("excluded_days")


def test_a_bound_is_part_of_the_sentence() -> None:
    with pytest.raises(UnusableInput, match="有效小时 应为 0 到 24 的整数"):
        whole(25, "有效小时", 24)
    assert whole(24, "有效小时", 24) == 24


def test_a_part_above_its_whole_is_a_contradiction_and_not_a_hundred_percent() -> None:
    not_above(24, 24, "有效小时")
    not_above(Fraction(47, 2), 24, "得分")
    with pytest.raises(UnusableInput, match="分子不能大于分母"):
        not_above(Fraction(49, 2), 24, "得分")
