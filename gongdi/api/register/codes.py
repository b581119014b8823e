"""设备标签上的短码：公开编号的 26 位写法，扫码打开 /d/短码；二维码画成一条 SVG 路径。"""

from uuid import UUID

import qrcode
from qrcode.constants import ERROR_CORRECT_M

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
QUIET = 4
"""Modules of margin that ISO/IEC 18004 asks for."""


def code_of(ref: UUID) -> str:
    """The 26 characters of a public key (Crockford base 32, no I L O U)."""
    value, out = ref.int, ""
    for _ in range(LENGTH):
        value, place = divmod(value, 32)
        out = ALPHABET[place] + out
    return out


def ref_of(code: str) -> UUID | None:
    """The public key of a code as scanned or typed; None for anything else."""
    text = code.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    if len(text) != LENGTH or any(char not in ALPHABET for char in text):
        return None
    value = 0
    for char in text:
        value = value * 32 + ALPHABET.index(char)
    return UUID(int=value) if value < 1 << 128 else None


def qr_path(text: str) -> tuple[str, int]:
    """Path data of the dark modules and the width of the whole code in modules."""
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    made.add_data(text)
    made.make(fit=True)
    rows = made.get_matrix()
    dark = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module]
    return "".join(dark), len(rows)
