"""工地码：扫码打开项目页的二维码，画成一条 SVG 路径。"""

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET = 4
"""Modules of margin that ISO/IEC 18004 asks for."""


def path(text: str) -> tuple[str, int]:
    """Path data of the dark modules and the width of the whole code in modules."""
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    made.add_data(text)
    made.make(fit=True)
    rows = made.get_matrix()
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                parts.append(f"M{x} {y}h{run - x}v1h-{run - x}z")
            x = run + 1
    return "".join(parts), len(rows)
