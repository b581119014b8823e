"""平台发往现场机的命令（HJ 212-2017 附录C），以及对其应答的解读。"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from gongdi.protocols.hj212.replies import build_frame
from gongdi.protocols.hj212.segments import Segment

MINUTE_INTERVALS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
HISTORY = (2051, 2061, 2031)

REQUEST_RESULTS = {
    1: "准备执行请求",
    2: "请求被拒绝",
    3: "PW错误",
    4: "MN错误",
    5: "ST错误",
    6: "Flag错误",
    7: "QN错误",
    8: "CN错误",
    9: "CRC校验错误",
    100: "未知错误",
}
EXECUTION_RESULTS = {
    1: "执行成功",
    2: "执行失败，但不知道原因",
    3: "命令请求条件错误",
    4: "通讯超时",
    5: "系统繁忙不能执行",
    6: "系统故障",
    100: "没有数据",
}

_BEIJING = timezone(timedelta(hours=8))
_FLAG = {2005: "1", 2017: "5", 2025: "9"}  # version bits and A: an answer is wanted


class CommandError(ValueError):
    """A command that the standard does not allow; the text is Chinese."""


@dataclass(frozen=True, slots=True)
class Target:
    """The device a command goes to, as it names itself in its own packets."""

    edition: int
    st: str
    pw: str
    mn: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A device's 9011, 9012, 9013 or 9014. `result`: QnRtn or ExeRtn; `text`: its meaning in Chinese."""

    cn: int
    qn: str
    result: int | None
    text: str

    @property
    def ok(self) -> bool:
        return self.result in (None, 1)


def qn_of(now: datetime) -> str:
    """Request number (请求编码): 17 digits of Beijing time with milliseconds."""
    local = _local(now)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def set_timeouts(target: Target, qn: str, over_time_s: int, retries: int) -> bytes:
    """1000 设置超时时间及重发次数 (table C.1)."""
    if not (1 <= over_time_s <= 99999 and 0 <= retries <= 99):
        raise CommandError("超时时间应为1至99999秒，重发次数应为0至99次")
    return _command(target, qn, 1000, f"OverTime={over_time_s};ReCount={retries}")


def set_clock(target: Target, qn: str, when: datetime) -> bytes:
    """1012 设置现场机时间 (table C.3), without PolId: the logger itself."""
    return _command(target, qn, 1012, f"SystemTime={_moment(when)}")


def set_realtime_interval(target: Target, qn: str, seconds: int) -> bytes:
    """1062 设置实时数据间隔 (table C.6), 30 to 3600 s."""
    if not 30 <= seconds <= 3600:
        raise CommandError("实时数据间隔应为30至3600秒")
    return _command(target, qn, 1062, f"RtdInterval={seconds}")


def set_minute_interval(target: Target, qn: str, minutes: int) -> bytes:
    """1064 设置分钟数据间隔 (table C.8), unknown to the 2005 edition."""
    if target.edition == 2005:
        raise CommandError("HJ/T 212-2005没有设置分钟数据间隔的命令")
    if minutes not in MINUTE_INTERVALS:
        raise CommandError("分钟数据间隔只能是1、2、3、4、5、6、10、12、15、20、30分钟")
    return _command(target, qn, 1064, f"MinInterval={minutes}")


def history_request(target: Target, qn: str, cn: int, begin: datetime, end: datetime) -> bytes:
    """2051, 2061 or 2031 with BeginTime and EndTime, both inclusive (tables C.20 to C.22)."""
    if cn not in HISTORY:
        raise CommandError("只能取分钟(2051)、小时(2061)或日(2031)历史数据")
    if begin > end:
        raise CommandError("历史数据的开始时间晚于结束时间")
    separator = "," if target.edition == 2005 else ";"
    return _command(target, qn, cn, f"BeginTime={_moment(begin)}{separator}EndTime={_moment(end)}")


def parse_answer(segment: Segment) -> Answer | None:
    """Reading of an answer packet, None when the segment is none."""
    header = segment.header
    cn = header.get("CN", "")
    if cn not in ("9011", "9012", "9013", "9014"):
        return None
    qn = header.get("QN") or segment.field("QN") or ""
    if cn in ("9013", "9014"):
        return Answer(int(cn), qn, None, "通知应答" if cn == "9013" else "数据应答")
    key, meanings = ("QnRtn", REQUEST_RESULTS) if cn == "9011" else ("ExeRtn", EXECUTION_RESULTS)
    text = (segment.field(key) or "").strip()
    result = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return Answer(int(cn), qn, result, meanings.get(result, f"返回码“{text[:20]}”不认识"))


def is_heartbeat(header: dict[str, str], accept_2025: bool = False) -> bool:
    """Packets without data that only show life: 9021 and 3023 of vendors, 9015 of 2025 (未经真机验证)."""
    cn = header.get("CN", "")
    return cn in ("9021", "3023") or (accept_2025 and cn == "9015")


def _command(target: Target, qn: str, cn: int, area: str) -> bytes:
    head = f"QN={qn};ST={target.st};CN={cn};PW={target.pw};MN={target.mn};Flag={_FLAG[target.edition]}"
    return build_frame(f"{head};CP=&&{area}&&".encode())


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise CommandError("命令里的时间必须带时区")
    return moment.astimezone(_BEIJING)


def _moment(moment: datetime) -> str:
    return f"{_local(moment):%Y%m%d%H%M%S}"
