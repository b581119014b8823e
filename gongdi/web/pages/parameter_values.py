"""政策参数的说法与填法：库里的数值写成人话，人填的再读成库里的数值。"""

from datetime import date, time
from fractions import Fraction
from typing import Any

from gongdi.kernel.errors import PolicyError
from gongdi.kernel.policy import Parameter

GROUPS = {
    "access": "接入期限",
    "authority": "部门办理",
    "returns": "数据回传率",
    "dust": "扬尘",
    "noise": "噪声",
    "video": "视频",
    "exemption": "豁免",
    "credit": "信用",
    "remind": "提醒",
    "accounts": "账号",
    "security": "登录安全",
    "files": "文件",
    "retention": "保存期限",
    "hj212": "设备默认设置",
    "gateway": "网关限额",
    "api": "公开页面",
}


def group_of(key: str) -> str:
    """Chinese group of a key."""
    prefix = key.partition(".")[0]
    return GROUPS.get(prefix, prefix)


def words(value: object) -> str:
    """A value as a person reads it: 3/4 as 75%, lists with 、, a missing day as 未启用."""
    if value is None:
        return "未启用"
    if isinstance(value, Fraction):
        percent = value * 100
        whole = percent.denominator == 1
        return f"{percent}%" if whole else f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        return (
            "；".join(words(one) for one in value) if _nested(value) else "、".join(map(str, value)) or "无"
        )
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return f"{value:,}" if isinstance(value, int) else str(value)


def hint(parameter: Parameter[Any]) -> str:
    """How to type a value of this parameter."""
    sample = parameter.defaults[-1].value
    if isinstance(sample, Fraction):
        return "写成 75% 或 3/4"
    if isinstance(sample, time):
        return "写成 22:00"
    if isinstance(sample, tuple):
        return "几组用分号隔开，一组里几个用顿号隔开" if _nested(sample) else "几个用顿号隔开"
    if isinstance(sample, int):
        return f"整数，单位 {parameter.unit}"
    return "写成 2027-01-01" if sample is not None else "写成 2027-01-01，未启用留空"


def typed(value: object) -> str:
    """The value as it would be typed into the form."""
    return "" if value is None else words(value).replace(",", "") if isinstance(value, int) else words(value)


def read(parameter: Parameter[Any], text: str) -> object:
    """The stored form of what was typed; PolicyError with a sentence for what cannot be used."""
    sample, text = parameter.defaults[-1].value, text.strip()
    stored: object = text
    if isinstance(sample, Fraction):
        stored = _share(text)
    elif isinstance(sample, tuple):
        groups = [_items(one) for one in text.replace(";", "；").split("；") if one.strip()]
        stored = groups if _nested(sample) else [item for group in groups for item in group]
    elif isinstance(sample, time):
        stored = text.replace("：", ":")
    elif isinstance(sample, int):
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise PolicyError(f"数值应为整数，如 {sample}。")
        stored = int(text)
    elif sample is None or isinstance(sample, date):
        stored = text or None
    parameter.read(stored)
    return stored


def _share(text: str) -> str:
    number = text.replace("％", "%").removesuffix("%").strip()
    if number == text or not number.replace(".", "", 1).isdigit() or not number.isascii():
        return text
    share = Fraction(number) / 100
    return f"{share.numerator}/{share.denominator}"


def _items(text: str) -> list[str]:
    return [one.strip() for one in text.replace("，", "、").replace(",", "、").split("、") if one.strip()]


def _nested(value: tuple[Any, ...]) -> bool:
    return any(isinstance(one, tuple) for one in value)
