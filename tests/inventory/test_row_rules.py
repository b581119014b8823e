"""一行里的问题一次说全：哪一列、写了什么、该怎么改。"""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.inventory.rules import (
    PERMIT_COLUMNS,
    PROJECT_COLUMNS,
    Known,
    check_permit,
    check_project,
    missing_columns,
    read_day,
)

KNOWN = Known(
    kinds={"房屋建筑": "HOUSE", "HOUSE": "HOUSE", "市政道路": "ROAD"},
    divisions={"140105": "140105", "小店区": "140105", "140106": "140106"},
    names_of_uscc={"91140100MA0JTEX10M": "汾原广厦建筑工程有限公司"},
    taken=frozenset({"TAKEN001"}),
    allowed_prefixes=("140105",),
    own_uscc="",
    by_length=frozenset({"ROAD"}),
    today=date(2026, 11, 24),
)
RIGHT = {
    "项目编号": "140105202600371",
    "项目名称": "锦绣苑安置房一期",
    "工程类别": "房屋建筑",
    "区划": "小店区",
    "施工总承包": "汾原广厦建筑工程有限公司",
    "施工总承包代码": "91140100MA0JTEX10M",
    "占地面积": "18,600",
    "开工日期": "2026年4月13日",
}
PERMIT = {
    "施工许可证编号": "140105202604010101",
    "项目名称": "学校",
    "区划": "140105",
    "发证日期": "20260401",
}


def faults(cells: dict[str, str], known: Known = KNOWN) -> dict[str, str]:
    return {fault.column: fault.advice for fault in check_project(cells, known, set()).faults}


def test_a_right_row_has_typed_values() -> None:
    row = check_project(RIGHT, KNOWN, set())
    assert row.faults == []
    assert (row.text("工程类别"), row.text("区划")) == ("HOUSE", "140105")
    assert row.whole("占地面积") == 18600
    assert row.day("开工日期") == date(2026, 4, 13)


def test_every_fault_of_a_row_is_said_at_once() -> None:
    found = faults(
        RIGHT
        | {
            "项目名称": "",
            "工程类别": "桥",
            "区划": "140106",
            "施工总承包代码": "91140100MA0JTEX100",
            "占地面积": "一万",
            "开工日期": "2027-01-01",
        }
    )
    assert set(found) == {"项目名称", "工程类别", "区划", "施工总承包代码", "占地面积", "开工日期"}
    assert "房屋建筑" in found["工程类别"]
    assert "管辖" in found["区划"]
    assert "校验位" in found["施工总承包代码"]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("项目编号", "TAKEN001", "已经登记过"),
        ("项目编号", "编号一", "数字、字母"),
        ("施工总承包", "另一家公司", "登记的是"),
        ("开工日期", "4月13日", "2026-03-02"),
        ("开工日期", "1999-12-31", "早于 2000 年"),
        ("开工日期", "2026-02-30", "2026-03-02"),
        ("占地面积", "-5", "大于 0"),
        ("占地面积", "nan", "大于 0"),
        ("占地面积", "1e400", "大于 0"),
        ("地址", "路" * 201, "200"),
        ("占地面积", "", "扬尘设备台数"),
    ],
)
def test_one_fault_and_its_advice(column: str, value: str, words: str) -> None:
    assert words in faults(RIGHT | {column: value})[column]


def test_a_road_needs_its_length_not_its_area() -> None:
    road = RIGHT | {"工程类别": "市政道路", "占地面积": ""}
    assert set(faults(road)) == {"开挖长度"}
    assert faults(road | {"开挖长度": "1200"}) == {}


def test_the_second_row_of_a_number_is_wrong_the_first_is_not() -> None:
    seen: set[str] = set()
    assert check_project(RIGHT, KNOWN, seen).faults == []
    assert [fault.advice for fault in check_project(RIGHT, KNOWN, seen).faults] == [
        "和上面的行重复，保留一行"
    ]


def test_an_enterprise_registers_its_own_projects_only() -> None:
    other = replace(KNOWN, own_uscc="91140200MA0KTEX21H", allowed_prefixes=())
    assert faults(RIGHT, other) == {"施工总承包代码": "只能登记本企业总承包的项目"}


def test_permits_need_less_and_keep_older_numbers() -> None:
    assert check_permit(PERMIT, KNOWN, set()).faults == []
    old = check_permit(PERMIT | {"施工许可证编号": "2019-小-33"}, KNOWN, set())
    assert [fault.column for fault in old.faults] == ["施工许可证编号"]
    assert check_permit(PERMIT | {"施工许可证编号": "XK-2019-0033"}, KNOWN, set()).faults == []


def test_missing_columns_in_the_order_of_the_template() -> None:
    assert missing_columns(("区划", "项目名称"), ("项目编号", "项目名称", "开工日期")) == [
        "项目编号",
        "开工日期",
    ]


@pytest.mark.parametrize("text", ["2026-3-2", "2026/03/02", "2026.3.2", "2026年3月2日", "20260302"])
def test_days_as_people_write_them(text: str) -> None:
    assert read_day(text) == date(2026, 3, 2)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(PROJECT_COLUMNS + PERMIT_COLUMNS), st.text(max_size=30)))
def test_any_row_gets_an_answer_and_no_required_gap_passes(cells: dict[str, str]) -> None:
    row = check_project(cells, KNOWN, set())
    said = {fault.column for fault in row.faults}
    assert all(column in said for column in ("项目编号", "项目名称") if not cells.get(column))
    assert all(fault.advice for fault in (*row.faults, *check_permit(cells, KNOWN, set()).faults))
