"""解析HJ 212数据段：包头字段、CP区字段和监测因子，文字原样保留。"""

from dataclasses import dataclass

_OPENING = "CP=&&"


@dataclass(frozen=True, slots=True)
class Segment:
    """A parsed data segment (数据段); values are text as sent.

    The first of a repeated header field or factor entry wins; repeated plain fields (`PolId=a;PolId=b`) all stay
    in `cp_fields`, where `field` takes the first.
    """

    header: dict[str, str]
    cp_fields: list[tuple[str, str]]
    factors: dict[str, dict[str, str]]

    def field(self, key: str) -> str | None:
        """Value of a plain CP field such as DataTime, else None."""
        for name, value in self.cp_fields:
            if name == key:
                return value
        return None


def decode_text(data: bytes) -> str:
    """UTF-8 (2017, 6.3), else GB18030 (older loggers), else latin-1, which never fails."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def parse_segment(segment: bytes) -> Segment:
    """Split a data segment (`QN=…` to the closing `&&`); never fails, a missing CP area is empty."""
    text = decode_text(segment)
    head, opening, area = text.partition(_OPENING)
    if opening:
        area = area.removesuffix("&&")
    else:
        head = head.removesuffix("&&")
    return Segment(_header(head), *_area(area))


def _header(head: str) -> dict[str, str]:
    header: dict[str, str] = {}
    for item in head.replace(",", ";").split(";"):
        key, _, value = item.partition("=")
        if key := key.strip():
            header.setdefault(key, value)
    return header


def _area(area: str) -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    plain: list[tuple[str, str]] = []
    factors: dict[str, dict[str, str]] = {}
    for item in area.replace(",", ";").split(";"):
        key, _, value = item.partition("=")
        code, dash, suffix = key.partition("-")
        if dash:
            factors.setdefault(code.strip(), {}).setdefault(suffix.strip(), value)
        elif code := code.strip():
            plain.append((code, value))
    return plain, factors
