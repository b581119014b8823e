"""导出为 Excel：逐行写出，文字一律按文字存，公式失效。"""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse

from gongdi.kernel.clock import SHANGHAI

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 16


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> FileResponse:
    """A download of the rows under a Chinese file name; memory does not grow with the rows."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write(spool, head, rows)
    spool.seek(0)
    response = FileResponse(spool, content_type=KIND)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def write(target: object, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one sheet; texts are never read as formulas, numbers or links."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet("清单")
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.set_column(0, len(head) - 1, WIDTH)
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(head):
        sheet.write_string(0, column, text, bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(number, column, value.astimezone(SHANGHAI).replace(tzinfo=None), instant)
            elif isinstance(value, date):
                sheet.write_datetime(number, column, value, day)
            elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                sheet.write_number(number, column, value)
            elif value is not None:
                sheet.write_string(number, column, str(value))
    book.close()
