"""一台设备每分钟重复的报文样式：包头和字段不变，只读会变的流水号、时间和数值。"""

from datetime import datetime

from gongdi.protocols.hj212.plans import Values
from gongdi.protocols.hj212.replies import build_frame, data_ack
from gongdi.protocols.hj212.reports import (
    Extra,
    Head,
    ReportReader,
    Shape,
    ack_wanted,
    edition_of,
    parse_time,
)

_QN_DIGITS = 17
_QN_AT = 9  # behind `##`, four length digits and `QN=`
_REST_AT = _QN_AT + _QN_DIGITS
_BEHIND = -8  # `&&`, four CRC digits and CRLF
_PLACEHOLDER = "?" * _QN_DIGITS


# QN, start of the period, values and extra: what changed since the last packet, as `Report` says it.
Reading = tuple[bytes, datetime, Values, Extra | None]


class Pattern:
    """Fast path of one device's packets: the same readings and answers as read_head, ReportReader and data_ack.

    It looks at the header as one run of bytes that must be equal to the learnt one, and knows no framing: the
    caller still has length and CRC checked (`Framer.whole`).
    """

    __slots__ = ("_ack_head", "_ack_tail", "_area_at", "_rest", "_shape", "marks")

    def __init__(self, rest: bytes, shape: Shape, ack: tuple[bytes, bytes] | None) -> None:
        self._rest, self._area_at = rest, _REST_AT + len(rest)
        self._shape, self.marks = shape, shape.marks
        self._ack_head, self._ack_tail = ack if ack is not None else (b"", b"")

    def read(self, data: bytes) -> Reading | None:
        """Read a whole packet (`##` to CRLF); None when it differs from the pattern in anything but its values."""
        if not data.startswith(self._rest, _REST_AT) or data[6:_QN_AT] != b"QN=" or not data.isascii():
            return None
        qn = data[_QN_AT:_REST_AT]
        found = self._shape.match(data[self._area_at : _BEHIND].decode("ascii"))
        if found is None or not qn.isdigit():
            return None
        groups, shape = found.groups(), self._shape
        ts = parse_time(groups[shape.time])
        try:
            values = shape.sound(groups)
        except ValueError:
            return None
        if ts is None:
            return None
        return qn, ts, values, shape.entries(groups) if shape.extra else None

    def ack(self, qn: bytes) -> bytes:
        """数据应答 9014 with this QN; empty when the device wants none."""
        if not self._ack_head:
            return b""
        return build_frame(self._ack_head + qn + self._ack_tail)


def learn(head: Head, reader: ReportReader) -> Pattern | None:
    """The pattern of a packet that has just been read, None when it has none."""
    header, _, segment = head
    number, shape = header.get("QN", ""), reader.compiled(head)
    if shape is None or len(number) != _QN_DIGITS or not (number.isascii() and number.isdigit()):
        return None
    opening = segment.index(b"CP=&&") + 5
    rest = segment[3 + _QN_DIGITS : opening]
    if not ack_wanted(header):
        return Pattern(rest, shape, None)
    edition = edition_of(header, reader.settings.edition_2025)
    answer = data_ack({**header, "QN": _PLACEHOLDER}, edition)[6:-6].partition(_PLACEHOLDER.encode())
    return Pattern(rest, shape, (answer[0], answer[2]))
