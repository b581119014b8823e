"""每一种已知的错误怎样改：一句话的结论和一步一步的做法。"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is wrong in one line, and how to mend it; `now` and `right` are the line of code to change."""

    title: str
    steps: tuple[str, ...]
    now: str = ""
    right: str = ""
    after: str = ""
    test: tuple[str, str, str] | None = None


SELF_TEST = ("123456789", "2F80", "4B37")
_LENGTH = ("长度只数数据段：从 QN= 的 Q 到结尾的第二个 &，不含 ##、长度本身、CRC 和回车换行。",)
REMEDIES: dict[str, Remedy] = {
    "modbus": Remedy(
        "设备用了 MODBUS 算法，HJ 212 的算法与它不同",
        ("先看设备菜单的“校验方式”：选 HJ 212（也写作“国标”或“212”），不选 MODBUS。", "没有此项就改固件，只差一行："),
        "crc = crc ^ byte",
        "crc = (crc >> 8) ^ byte",
        "其余不变：初值 FFFF，每字节移 8 次，多项式 A001，高位在前。",
        SELF_TEST,
    ),
    "swapped": Remedy(
        "CRC 高低字节颠倒",
        ("把 4 位 CRC 的前两位与后两位对调：先写高字节，再写低字节。",),
        "低字节 高字节",
        "高字节 低字节",
        "",
        ("123456789", "2F80", "802F"),
    ),
    "modbus_swapped": Remedy(
        "用了 MODBUS 算法，而且高低字节颠倒",
        ("算法改为 HJ 212 附录 A，只差一行：",),
        "crc = crc ^ byte",
        "crc = (crc >> 8) ^ byte",
        "再把结果改为先写高字节、后写低字节。",
        SELF_TEST,
    ),
    "crc_without_closing": Remedy(
        "CRC 没有算上结尾的 &&", ("CRC 从 QN= 的 Q 算到结尾的第二个 &，两个 & 都要算进去。",), test=SELF_TEST
    ),
    "crc_with_head": Remedy(
        "CRC 把 ## 和长度也算进去了", ("CRC 从 QN= 的 Q 开始算，跳过 ## 和 4 位长度。",), test=SELF_TEST
    ),
    "modbus_with_head": Remedy(
        "用了 MODBUS 算法，并把 ## 和长度也算进去了",
        ("CRC 从 QN= 的 Q 开始算；算法改为附录 A，只差一行：",),
        "crc = crc ^ byte",
        "crc = (crc >> 8) ^ byte",
        "",
        SELF_TEST,
    ),
    "length+2": Remedy("长度多数了回车换行", _LENGTH),
    "length+4": Remedy("长度多数了 4 位 CRC", _LENGTH),
    "length+6": Remedy("长度多数了 CRC 和回车换行", _LENGTH),
    "length+10": Remedy("长度多数了 ##、长度位和 CRC", _LENGTH),
    "length+12": Remedy("长度数了整个报文", _LENGTH),
    "length_digits": Remedy("长度不是 4 位", ("长度固定写 4 位十进制数字，不足的左边补 0，如 0375。",)),
    "no_closing": Remedy("数据段没有结尾的 &&", ("数据区的最后一项之后写两个 &，再写 CRC；长度与 CRC 都把它们算上。",)),
    "no_crc": Remedy("结尾的 && 后面没有 CRC", ("在 && 之后写 4 位十六进制 CRC，再写回车换行。",), test=SELF_TEST),
    "wrong_crc": Remedy(
        "CRC 与正文不符",
        (
            "再发一包：若时对时错，多半是线路干扰，检查 485 屏蔽、接地和波特率。",
            "若每包都错，核对算法：附录 A 不是 MODBUS。",
        ),
        test=SELF_TEST,
    ),
    "wrong_length": Remedy("声明的长度与实际不符", (*_LENGTH, "一个汉字按 UTF-8 是 3 个字节，长度按字节数。")),
    "truncated": Remedy("报文没有收全", ("查发送缓冲区是否太小，整包一次写出；4G 模块的分帧间隔调大。",)),
    "segment_only": Remedy("只有数据段", ("数据段前加 ## 和 4 位长度，后面加 4 位 CRC 和回车换行。",)),
    "not_hj212": Remedy(
        "不是 HJ 212 报文", ("设备的上传协议选 HJ 212（也写作“环保 212”“国标”），不选 MODBUS、MQTT 或厂家私有协议。",)
    ),
    "too_long": Remedy("报文太长", ("一包的数据段不超过 1,024 字节；因子多时分成几包，用 PNUM、PNO 编号。",)),
    "wrong_password": Remedy("访问密码与登记的不同", ("设备菜单里的“访问密码”改成本页的密码，区分大小写，6 位。", "忘了密码：点“换一个密码”，旧的立即作废。")),
    "unknown_device": Remedy("MN 与登记的不同", ("把设备的 MN 改成本页的 MN，一位不差。", "MN 印在铭牌上、改不了：结束本测试设备，用铭牌的 MN 重新登记。")),
    "no_mn": Remedy("报文没有 MN", ("在设备菜单里填 MN（数采仪编码），不能为空或 null。",)),
    "time": Remedy("数据时间不能采用", ("DataTime 写 14 位年月日时分秒，24 小时制，北京时间，是周期的起点。", "先给设备校时；锁定的月份不再接收。")),
    "twelve": Remedy("设备时钟是 12 小时制", ("固件里的时间格式由 hh 改为 HH（24 小时制）。", "改好后核对：下午 1 点应发 13，不是 01。")),
    "unit": Remedy("单位与登记的差 1,000 倍", ("设备不动：登记时颗粒物单位改选实际发送的单位。", "或改设备：按登记的单位发送。")),
    "not_data": Remedy("不是监测数据", ("平台收到了心跳或应答；请让设备上传分钟数据 CN 2051。",)),
    "encrypted": Remedy("数据区已加密，平台读不到", ("在设备上关闭数据区加密；需要加密的，请在登记时说明。",)),
}  # fmt: skip


def remedy_of(keys: tuple[str, ...]) -> Remedy:
    """Remedy of the first mistake named that has one."""
    found = (REMEDIES[key] for key in keys if key in REMEDIES)
    return next(found, Remedy("报文不能采用", ("对照本页“格式”逐项核对。",)))


def retry_words() -> str:
    """What happens to a packet that is not taken."""
    return "按标准不应答 9014，设备会保留并重发"
