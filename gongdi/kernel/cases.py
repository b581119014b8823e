"""规则试算的用例：逐项读取输入，读不懂就用一句中文说明哪一项不对。"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from gongdi.kernel.calendar import WorkingCalendar
from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.exact import parse_fraction
from gongdi.kernel.policy import PolicySet

LARGEST = 10**18
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True)
class RuleContext:
    """What a rule by name needs beside its input: policy, calendar and the day it is asked on."""

    policies: PolicySet
    calendar: WorkingCalendar
    today: date


@dataclass(frozen=True, slots=True)
class Case:
    """The `in` object of a case; every reader raises UnusableInput (Chinese) for what it cannot use."""

    values: Mapping[str, object]

    def _value(self, name: str) -> object:
        if name not in self.values:
            raise UnusableInput(f"缺少输入项 {name}。")
        return self.values[name]

    def integer(self, name: str, at_most: int = LARGEST) -> int:
        """A whole number from 0 to `at_most`."""
        return whole(self._value(name), f"输入项 {name}", at_most)

    def optional_integer(self, name: str) -> int:
        """A whole number, 0 when the item is absent."""
        return self.integer(name) if name in self.values else 0

    def day(self, name: str) -> date:
        """A date YYYY-MM-DD."""
        found = self.day_or_none(name)
        if found is None:
            raise UnusableInput(f"输入项 {name} 应为日期 YYYY-MM-DD，不能为空。")
        return found

    def day_or_none(self, name: str) -> date | None:
        """A date YYYY-MM-DD or null."""
        value = self._value(name)
        if value is None:
            return None
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise UnusableInput(f"输入项 {name} 应为日期 YYYY-MM-DD。")

    def text(self, name: str) -> str:
        """A text, as given."""
        value = self._value(name)
        if not isinstance(value, str):
            raise UnusableInput(f"输入项 {name} 应为文本。")
        return value

    def share_or_none(self, name: str) -> Fraction | None:
        """A fraction text from 0 to 1, or null for a stream that does not apply."""
        value = self._value(name)
        if value is None:
            return None
        found = parse_fraction(value) if isinstance(value, str) else None
        if found is None or found > 1:
            raise UnusableInput(f'输入项 {name} 应为 0 到 1 的分数文本（如 "45/46"）或 null。')
        return found

    def rows(self, name: str) -> list[object]:
        """A list, its items unread."""
        value = self._value(name)
        if not isinstance(value, list):
            raise UnusableInput(f"输入项 {name} 应为列表。")
        return value


NamedRule = Callable[[Case, RuleContext], dict[str, object]]
"""A rule by name: reads its case, calls one pure function, gives the `out` object."""


def whole(value: object, where: str, at_most: int = LARGEST) -> int:
    """A JSON whole number from 0 to `at_most`; booleans and 1.0 are none."""
    if type(value) is not int or not 0 <= value <= at_most:
        limit = "的整数" if at_most == LARGEST else f"到 {at_most} 的整数"
        raise UnusableInput(f"{where} 应为 0 {'以上' if at_most == LARGEST else ''}{limit}。")
    return value


def not_above(part: int | Fraction, whole_: int, where: str) -> None:
    """Refuse a part that is greater than its whole: a contradiction, not 100%."""
    if part > whole_:
        raise UnusableInput(f"{where}：分子不能大于分母。")
