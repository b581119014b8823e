"""平台对现场机的应答：按对方的标准版本组帧。"""

from gongdi.protocols.hj212.crc import crc16

Header = dict[str, str]

ECHO_MOST = 256  # 照抄对方的字段至多这么长：GB18030 的字转成 UTF-8 会变长，应答不能超过 9999 字节
_FLAG = {2005: "0", 2017: "4", 2025: "8"}  # 2025 coded from descriptions, 未经真机验证


def build_frame(segment: bytes) -> bytes:
    """Whole packet for a data segment: `##`, length, segment, annex A CRC, CRLF."""
    if len(segment) > 9999:
        raise ValueError("数据段超过9999字节，无法组帧")
    return b"##%04d%b%04X\r\n" % (len(segment), segment, crc16(segment))


def data_ack(header: Header, edition: int, qn: str | None = None) -> bytes:
    """数据应答 9014. `qn`: of a 2005 upload that carries QN in its CP area, else the header's is used."""
    return _answer(header, edition, "9014", "", qn)


def notice_ack(header: Header, edition: int, qn: str | None = None) -> bytes:
    """通知应答 9013, for example to a device that asks for a time check (1013)."""
    return _answer(header, edition, "9013", "", qn)


def request_ack(header: Header, edition: int, qn_rtn: int, qn: str | None = None) -> bytes:
    """请求应答 9011 with QnRtn: 1 准备执行, 2 被拒绝, 3 PW, 4 MN, 5 ST, 6 Flag, 7 QN, 8 CN, 9 CRC, 100 未知."""
    return _answer(header, edition, "9011", f"QnRtn={qn_rtn}", qn)


def execution_result(header: Header, edition: int, exe_rtn: int, qn: str | None = None) -> bytes:
    """执行结果 9012 with ExeRtn: 1 成功, 2 失败, 3 条件, 4 超时, 5 忙, 6 故障, 100 没有数据."""
    return _answer(header, edition, "9012", f"ExeRtn={exe_rtn}", qn)


def echoed(header: Header, key: str) -> str:
    """A field of the sender as an answer repeats it (照抄): at most ECHO_MOST characters."""
    return header.get(key, "")[:ECHO_MOST]


def _answer(header: Header, edition: int, cn: str, result: str, qn: str | None) -> bytes:
    number = (qn or echoed(header, "QN"))[:ECHO_MOST]
    qn_field = f"QN={number}" if number else ""
    head = [f"ST=91;CN={cn};PW={echoed(header, 'PW')};MN={echoed(header, 'MN')};Flag={_FLAG[edition]}"]
    area = [result] if result else []
    # 2017: QN stands in the head; HJ/T 212-2005: in the CP area.
    if qn_field:
        (area if edition == 2005 else head).insert(0, qn_field)
    return build_frame(f"{';'.join(head)};CP=&&{';'.join(area)}&&".encode())
