"""导出为 CSV：带 BOM 的 UTF-8，表格软件会当成公式的格子先加撇号。"""

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from django.http import HttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> str:
    """Text of one cell; what a spreadsheet would run as a formula gets a leading apostrophe, plain figures stay."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _figure(text) else text


def _figure(text: str) -> bool:
    body = text[1:] if text[:1] == "-" else text
    return body.replace(".", "", 1).isascii() and body.replace(".", "", 1).isdigit()


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download of the rows under a Chinese file name."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
