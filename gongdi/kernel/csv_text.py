"""导出表格的一格：表格软件会当成公式的先加撇号，纯数不动。"""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> str:
    """Text of one cell; what a spreadsheet would run as a formula gets a leading apostrophe, plain figures stay."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _figure(text) else text


def _figure(text: str) -> bool:
    body = text[1:] if text[:1] == "-" else text
    return body.replace(".", "", 1).isascii() and body.replace(".", "", 1).isdigit()
