"""一致性测试的三十项、七组，以及一包报文已经显示出来的几项（预判，不算成绩）。"""

from dataclasses import dataclass

PREVIEW = {"ends", "length", "crc", "mn", "password", "version", "factors", "unit", "range", "clock"}


@dataclass(frozen=True, slots=True)
class Group:
    """Checks of one kind: name, what they look at, their keys in order."""

    name: str
    words: str
    keys: tuple[str, ...]


GROUPS = (
    Group(
        "帧与校验", "包头包尾、长度、CRC、粘包与半包、超长不发", ("ends", "length", "crc", "glued", "long")
    ),
    Group("登记与身份", "MN、密码、版本位 Flag", ("mn", "password", "version")),
    Group(
        "应答与重发",
        "等 9014、10 秒超时重发 3 次、QN 不变、断线重连、心跳",
        ("ack", "retry", "same_qn", "reconnect", "heartbeat"),
    ),
    Group(
        "平台命令",
        "读钟、校时、超时设置、实时间隔、分钟间隔、启停实时",
        ("read_clock", "set_clock", "timeout", "realtime", "minute", "start_stop"),
    ),
    Group(
        "数据与标记",
        "9 个因子、单位、量程、标记 N 至 S、数据时间为起点",
        ("factors", "unit", "range", "marks", "start"),
    ),
    Group(
        "断线补传", "断 10 分钟补全、按时序、不重复、答历史要数", ("back_fill", "order", "once", "history")
    ),
    Group("时钟", "偏差 60 秒内、不倒走", ("clock", "forward")),
)
TOTAL = sum(len(group.keys) for group in GROUPS)


@dataclass(frozen=True, slots=True)
class Preview:
    """The thirty boxes as one packet fills them."""

    groups: tuple[tuple[Group, tuple[str, ...]], ...]
    passed: int
    failed: int

    @property
    def left(self) -> int:
        """Boxes that only the test itself can fill."""
        return TOTAL - self.passed - self.failed


def preview(states: dict[str, str]) -> Preview:
    """Fill the boxes with `ok` or `bad` where the packet shows it; `doubt` stays open."""
    groups = tuple(
        (group, tuple(found if (found := states.get(key, "")) in ("ok", "bad") else "" for key in group.keys))
        for group in GROUPS
    )
    every = [state for _, boxes in groups for state in boxes]
    return Preview(groups, every.count("ok"), every.count("bad"))
