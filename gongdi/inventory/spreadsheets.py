"""读上传的表格：Excel 或 CSV，先看大小再拆，第一行是列名，其余全按文字取。"""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

import python_calamine

from gongdi.kernel.errors import UnusableInput

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_MEMBERS = 1_000
MAX_ROWS = 5_000
MAX_COLUMNS = 60
MAX_CELL = 500
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a spreadsheet: its number in the file and its cells by column name."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Column names and non-empty rows of the first sheet."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(data: bytes) -> Sheet:
    """Read the first sheet of an .xlsx or .csv file; UnusableInput says what to change.

    Sizes are bounded before anything is unpacked: 5 MB, 100 MB unpacked, 5,000 rows, 60 columns.
    """
    if not data:
        raise UnusableInput("文件是空的，请重新选择。")
    if len(data) > MAX_BYTES:
        raise UnusableInput("文件超过 5 MB，请分成几个文件上传。")
    if data.startswith(OLD_EXCEL):
        raise UnusableInput("这是旧版 .xls 文件，请另存为 .xlsx 后再上传。")
    rows = _excel(data) if data.startswith(ZIP) else _csv(data)
    return _sheet(rows)


def _excel(data: bytes) -> list[list[object]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise UnusableInput("Excel 文件已损坏，请在表格软件里重新保存。") from None
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise UnusableInput("Excel 文件解开后过大，请只保留需要的工作表。")
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
        if sheet.height > MAX_ROWS + 1 or sheet.width > MAX_COLUMNS:
            raise UnusableInput(f"表格至多 {MAX_ROWS:,} 行、{MAX_COLUMNS} 列，请分成几个文件上传。")
        above = sheet.start[0] if sheet.start else 0
        return [[] for _ in range(above)] + [list(row) for row in sheet.to_python(skip_empty_area=True)]
    except UnusableInput:
        raise
    except Exception as error:  # the reader raises its own kinds for every damage of a foreign file
        raise UnusableInput("读不出这个 Excel 文件，请在表格软件里另存为 .xlsx 再试。") from error


def _csv(data: bytes) -> list[list[object]]:
    text = _decoded(data)
    try:
        rows: list[list[object]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error:
        raise UnusableInput("CSV 文件的引号不成对，请在表格软件里重新保存。") from None
    if len(rows) > MAX_ROWS + 1 or any(len(row) > MAX_COLUMNS for row in rows):
        raise UnusableInput(f"表格至多 {MAX_ROWS:,} 行、{MAX_COLUMNS} 列，请分成几个文件上传。")
    return rows


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnusableInput("认不出这个文件，请上传 .xlsx 或 .csv。")


def _sheet(rows: list[list[object]]) -> Sheet:
    head = next((index for index, row in enumerate(rows) if any(_text(cell) for cell in row)), None)
    if head is None:
        raise UnusableInput("表格里没有内容。")
    columns = tuple(_text(cell).rstrip("*＊ ") for cell in rows[head])
    named = [name for name in columns if name]
    if len(set(named)) != len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise UnusableInput(f"列名“{twice}”出现两次，请保留一列。")
    found = []
    for number, row in enumerate(rows[head + 1 :], head + 2):
        cells = {name: _text(cell) for name, cell in zip(columns, row, strict=False) if name}
        if any(cells.values()):
            found.append(SheetRow(number, cells))
    if not found:
        raise UnusableInput("只有列名，没有数据行。")
    return Sheet(tuple(named), tuple(found))


def _text(cell: object) -> str:
    """A cell as typed: whole figures without a decimal point, days as YYYY-MM-DD, no control characters."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        cell = cell.date()
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    return "".join(character for character in text if character.isprintable()).strip()[:MAX_CELL]
