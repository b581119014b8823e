"""报文的可读形式：不可打印的字节显示为点，口令遮盖而长度不变。"""

import re

_PASSWORD = re.compile(rb"(?<![A-Za-z])PW=([^;&]*)")


def masked(raw: bytes) -> bytes:
    """The bytes with every password (PW) replaced by the same number of stars."""
    return _PASSWORD.sub(lambda found: b"PW=" + b"*" * len(found[1]), raw)


def masked_text(raw: bytes) -> str:
    """One character a byte: ASCII as it is, line ends kept, anything else a middle dot."""
    return "".join(chr(b) if 32 <= b < 127 or b in (13, 10) else "·" for b in masked(raw))
