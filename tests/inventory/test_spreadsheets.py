"""上传的表格：Excel 与 CSV 同样读，坏文件一句话说清该怎么办，读之前先量大小。"""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.inventory import spreadsheets
from gongdi.inventory.spreadsheets import Sheet, read_sheet
from gongdi.kernel.errors import UnusableInput
from gongdi.pages import xlsx_file


def excel(head: list[str], rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    xlsx_file.write(out, head, rows)
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(UnusableInput) as caught:
        read_sheet(data)
    return str(caught.value)


def outcome(data: bytes) -> Sheet | str:
    try:
        return read_sheet(data)
    except UnusableInput as error:
        return str(error)


def test_excel_and_csv_give_the_same_rows() -> None:
    head = ["项目编号*", "占地面积", "开工日期"]
    packed = read_sheet(excel(head, [["TEST0001", 9000, date(2026, 3, 2)]]))
    plain = read_sheet("项目编号*,占地面积,开工日期\nTEST0001,9000,2026-03-02\n".encode())
    assert packed == plain
    assert packed.columns == ("项目编号", "占地面积", "开工日期")
    assert packed.rows[0].cells == {"项目编号": "TEST0001", "占地面积": "9000", "开工日期": "2026-03-02"}


def test_row_numbers_are_those_of_the_file() -> None:
    sheet = read_sheet("编号\n1\n\n3\n".encode())
    assert [(row.number, row.cells["编号"]) for row in sheet.rows] == [(2, "1"), (4, "3")]
    packed = read_sheet(excel(["编号"], [["1"], [""], ["3"]]))
    assert [(row.number, row.cells["编号"]) for row in packed.rows] == [(2, "1"), (4, "3")]


def test_gb18030_is_read() -> None:
    assert read_sheet("名称\n䶮家庄工地\n".encode("gb18030")).rows[0].cells == {"名称": "䶮家庄工地"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xlsx"),
        (b"PK\x03\x04 not a zip", "损坏"),
        (b"\xff\xfe\xff\xff\x81", "认不出"),
        ("编号,编号\n1,2\n".encode(), "出现两次"),
        ("编号\n".encode(), "没有数据行"),
        (b"\n\n,,\n", "没有内容"),
        (b"x" * (spreadsheets.MAX_BYTES + 1), "5 MB"),
        (("编号\n" + "1\n" * 5_001).encode(), "5,000 行"),
        ((",".join("列" + str(n) for n in range(61)) + "\n1\n").encode(), "60 列"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_a_bomb_is_refused_by_its_directory() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))
    assert len(out.getvalue()) < 1024 * 1024
    assert "过大" in refusal(out.getvalue())


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("readme.txt", "nothing")
    assert "读不出" in refusal(out.getvalue())


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found = outcome(data)
    if isinstance(found, str):
        assert found.endswith("。")
    else:
        assert all("\x00" not in value for row in found.rows for value in row.cells.values())


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 5000))
def test_a_damaged_workbook_never_breaks_the_reader(patch: bytes, place: int) -> None:
    data = bytearray(excel(["项目编号", "项目名称"], [["TEST0001", "学校"]]))
    at = place % len(data)
    data[at : at + len(patch)] = patch
    found = outcome(bytes(data))
    assert isinstance(found, Sheet) or found.endswith("。")
