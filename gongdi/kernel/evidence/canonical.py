"""事实的规范写法与摘要：同样的事实永远得到同样的字节。"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from uuid import UUID

from gongdi.kernel.errors import UnusableInput

SM3 = "sm3"
LEAF, NODE = b"\x00", b"\x01"
LARGEST_INT = 2**53


def plain(value: object) -> object:
    """JSON value of a fact: text, whole number, bool, null, list or mapping; other exact kinds become text.

    UnusableInput for floats: their digits are not the same everywhere.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        return value if abs(value) < LARGEST_INT else str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [
            plain(one) for one in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)
        ]
    return _exact_text(value)


def _exact_text(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise UnusableInput(f"证据里不能写 {type(value).__name__}，请换成文字、整数、日期或分数。")


def instant(value: datetime) -> str:
    """An instant in UTC with six decimals, as PostgreSQL keeps it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encoded(value: object) -> bytes:
    """Canonical UTF-8: sorted keys, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes, algorithm: str = "sha256") -> str:
    """Hex digest, SHA-256 or SM3."""
    return hashlib.new(algorithm, data).hexdigest()


def merkle_root(leaves: Iterable[bytes], algorithm: str = "sha256") -> str:
    """Merkle root of RFC 6962: leaves and nodes have different prefixes; the digest of nothing without leaves."""
    level = [hashlib.new(algorithm, LEAF + leaf).digest() for leaf in leaves]
    if not level:
        return hashlib.new(algorithm, b"").hexdigest()
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [
            pair[0] if len(pair) == 1 else hashlib.new(algorithm, NODE + pair[0] + pair[1]).digest()
            for pair in pairs
        ]
    return level[0].hex()
