"""按名字试算回传率：对的用例给精确分数，矛盾的用例给一句中文，不给 100%。"""

from datetime import date

import pytest

from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.cases import Case, RuleContext
from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.policy import DEFAULTS, PolicyRow
from gongdi.returns.named_rules import RULES

TODAY = date(2026, 5, 31)
CONTEXT = RuleContext(DEFAULTS, shipped_calendar(), TODAY)


def ask(rule: str, values: dict[str, object], context: RuleContext = CONTEXT) -> dict[str, object]:
    """The answer of one rule."""
    return RULES[rule](Case(values), context)


# 来源：return_rate.yaml 与 cases.jsonl 的算例（手算）
RIGHT = [
    ("document_rate", {"due": 50, "exempt": 4, "on_time": 43, "late": 2, "missing": 1},
     {"rate": "45/46", "percent": "97.82", "on_time_rate": "43/46", "on_time_percent": "93.47"}),
    ("document_rate", {"due": 4, "exempt": 4, "on_time": 0, "late": 0, "missing": 0},
     {"rate": None, "percent": None, "on_time_rate": None, "on_time_percent": None}),
    ("dust_stream", {"days": [[25, 24, 24], [2, 20, 24], [1, 12, 24], [1, 14, 16], [1, 0, 0]]},
     {"rate": "57/58", "percent": "98.27"}),
    ("dust_stream", {"days": []}, {"rate": None, "percent": None}),
    ("dust_stream", {"days": [[30, 0, 24]]}, {"rate": "0", "percent": "0.00"}),
    ("combined_rate", {"documents": None, "video": None, "dust": "1"},
     {"rate": "1", "percent": "100.00", "is_full": True}),
    ("combined_rate", {"documents": "1", "video": "24999/25000", "dust": "1"},
     {"rate": "99999/100000", "percent": "99.99", "is_full": False}),
    ("combined_rate", {"documents": None, "video": None, "dust": None},
     {"rate": None, "percent": None, "is_full": None}),
    ("enterprise_rate", {"projects": []},
     {"documents": None, "video": None, "dust": None, "rate": None, "percent": None}),
    ("enterprise_rate", {"projects": [{"documents": None, "video": None, "dust": ["47/2", 24]}]},
     {"documents": None, "video": None, "dust": "47/48", "rate": "47/48", "percent": "97.91"}),
    ("region_rate", {"projects": [{"documents": None, "video": None, "dust": [1, 1]}, {"documents": None, "video": None, "dust": [0, 1]}]},
     {"mean": "1/2", "mean_percent": "50.00", "share_full": "1/2", "share_full_percent": "50.00"}),
    ("entry_rate", {"entered": 0, "due_set": 0}, {"rate": None, "percent": None}),
    ("entry_rate", {"entered": 2, "due_set": 3}, {"rate": "2/3", "percent": "66.66"}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "values", "expected"), RIGHT)
def test_right_cases(rule: str, values: dict[str, object], expected: dict[str, object]) -> None:
    assert ask(rule, values) == expected


WRONG = [
    ("document_rate", {"due": 50, "exempt": 4, "on_time": 43, "late": 2, "missing": 2}, "应传总数应等于"),
    ("document_rate", {"due": 1, "exempt": 0, "on_time": 1, "late": 0}, "缺少输入项 missing"),
    ("document_rate", {"due": -1, "exempt": 0, "on_time": 0, "late": 0, "missing": 0}, "due"),
    ("dust_stream", {"days": [[1, 25, 24]]}, "有效小时"),
    ("dust_stream", {"days": [[1, 24, 25]]}, "应传小时"),
    ("dust_stream", {"days": [[1, 20, 19]]}, "分子不能大于分母"),
    ("dust_stream", {"days": [[1, 20]]}, "days 的每一项"),
    ("dust_stream", {"days": ["24"]}, "days 的每一项"),
    ("dust_stream", {"days": 24}, "days"),
    ("combined_rate", {"documents": "9/8", "video": None, "dust": None}, "documents"),
    ("combined_rate", {"documents": "1", "video": None}, "缺少输入项 dust"),
    ("enterprise_rate", {"projects": [{"documents": [1, 1], "video": None}]}, "缺少 dust"),
    ("enterprise_rate", {"projects": [5]}, "每一项应为对象"),
    ("enterprise_rate", {"projects": [{"documents": [2, 1], "video": None, "dust": None}]}, "分子不能大于分母"),
    ("enterprise_rate", {"projects": [{"documents": [1], "video": None, "dust": None}]}, r"\[分子, 分母\]"),
    ("region_rate", {"projects": [{"documents": [1, 1.0], "video": None, "dust": None}]}, "documents 的分母"),
    ("region_rate", {"projects": [{"documents": ["x", 1], "video": None, "dust": None}]}, "documents 的分子"),
    ("entry_rate", {"entered": 4, "due_set": 3}, "分子不能大于分母"),
    ("entry_rate", {"entered": True, "due_set": 3}, "entered"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "values", "sentence"), WRONG)
def test_a_contradiction_is_refused_and_never_a_rate(
    rule: str, values: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UnusableInput, match=sentence):
        ask(rule, values)


def test_a_try_out_with_other_weights_changes_the_answer_and_nothing_else() -> None:
    """政策试算：先算再决定，默认值不动。"""
    heavier = DEFAULTS.with_row(
        PolicyRow("returns.weight.dust", None, "1/2", date(2026, 5, 1), "试算", "省厅", 1)
    )
    tried = RuleContext(heavier, shipped_calendar(), TODAY)
    case: dict[str, object] = {"documents": "1", "video": "1", "dust": "1/2"}
    assert ask("combined_rate", case)["rate"] == "7/8"
    assert ask("combined_rate", case, tried)["rate"] == "4/5"
    before = RuleContext(heavier, shipped_calendar(), date(2026, 4, 30))
    assert ask("combined_rate", case, before)["rate"] == "7/8", "生效日以前按旧权重"


def test_a_stricter_day_is_tried_in_the_same_way() -> None:
    stricter = DEFAULTS.with_row(PolicyRow("dust.day_hours", None, "1", date(2026, 5, 1), "试算", "省厅", 1))
    tried = RuleContext(stricter, shipped_calendar(), TODAY)
    assert ask("dust_stream", {"days": [[1, 20, 24]]})["rate"] == "1"
    assert ask("dust_stream", {"days": [[1, 20, 24]]}, tried)["rate"] == "5/6"
