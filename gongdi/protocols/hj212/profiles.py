"""设备的兼容方案：一台设备在哪些地方偏离HJ 212，由人按设备开启，绝不默默接受。"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal

from gongdi.protocols.hj212.crc import CrcKind
from gongdi.protocols.hj212.factors import ALIASES, FACTORS, PM_DIVISOR, PRESSURE_DIVISOR

PmUnit = Literal["ng", "ug", "mg"]
PressureUnit = Literal["Pa", "hPa", "kPa"]


class ProfileError(ValueError):
    """A profile that cannot be used; the text is Chinese and shown as it is."""


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """What a device's values mean; units are set at access, never guessed.

    Table B.2 of HJ 212-2017 prints 纳克/立方米 for TSP, PM10 and PM2.5, hence the default `ng`.
    `names` maps a factor code as sent to a canonical factor (`pm10`) or standard code (`a34002`).
    `edition_2025` turns on what was coded from descriptions only (未经真机验证).
    """

    pm_unit: PmUnit = "ng"
    pressure_unit: PressureUnit = "kPa"
    names: tuple[tuple[str, str], ...] = ()
    common_flag: bool = False
    millisecond_time: bool = False
    edition_2025: bool = False

    def __post_init__(self) -> None:
        if self.pm_unit not in PM_DIVISOR:
            raise ProfileError(f"颗粒物单位“{self.pm_unit}”不认识，只能是 ng、ug 或 mg")
        if self.pressure_unit not in PRESSURE_DIVISOR:
            raise ProfileError(f"气压单位“{self.pressure_unit}”不认识，只能是 Pa、hPa 或 kPa")
        for code, target in self.names:
            if target.lower() not in ALIASES and target not in FACTORS:
                raise ProfileError(f"因子“{code}”对应的“{target}”不认识，可用的有：{'、'.join(FACTORS)}")


@dataclass(frozen=True, slots=True)
class Profile:
    """One way of framing (and of naming) that differs from the standard.

    `length_offset`: declared length minus the true one (6 when CRC and CRLF are counted too).
    `length_digits`: how many decimal digits follow `##`.
    `crc`: `none` takes any four hex digits unchecked, `absent` expects no CRC at all.
    """

    name: str = "strict"
    label: str = "严格按HJ 212-2017"
    crc: CrcKind = "hj212"
    length_offset: int = 0
    length_digits: int = 4
    settings: DeviceSettings = DeviceSettings()

    def __post_init__(self) -> None:
        if self.crc not in ("hj212", "modbus", "swapped", "none", "absent"):
            raise ProfileError(f"CRC方案“{self.crc}”不认识，只能是 hj212、modbus、swapped、none 或 absent")
        if not 1 <= self.length_digits <= 5 or not -64 <= self.length_offset <= 64:
            raise ProfileError("长度位数只能是1至5，长度差只能在-64至64之间")


STRICT = Profile()

_EDITION_2025 = DeviceSettings(edition_2025=True)

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        STRICT,
        Profile("crc-modbus", "CRC按MODBUS计算", crc="modbus"),
        Profile("crc-swapped", "CRC高低字节颠倒", crc="swapped"),
        Profile("crc-none", "不核对CRC（数据不计入有效）", crc="none"),
        Profile("crc-absent", "报文不带CRC（数据不计入有效）", crc="absent"),
        Profile("length-plus6", "长度把CRC和回车换行也算在内", length_offset=6),
        Profile("length-plus4", "长度把CRC也算在内", length_offset=4),
        Profile("length-plus2", "长度把回车换行也算在内", length_offset=2),
        Profile("length-3digits", "长度只有3位", length_digits=3),
        Profile(
            "length-3digits-plus6", "长度只有3位，并把CRC和回车换行也算在内", length_digits=3, length_offset=6
        ),
        Profile("edition-2025", "HJ 212-2025（未经真机验证）", settings=_EDITION_2025),
    )
}


def named(name: str) -> Profile:
    """Packaged profile by name; ProfileError names the known ones."""
    try:
        return PROFILES[name]
    except KeyError:
        raise ProfileError(f"没有名为“{name}”的兼容方案，可用的有：{'、'.join(PROFILES)}") from None


def profile_from(stored: Mapping[str, Any]) -> Profile:
    """Profile of a device's stored JSON: `{"base": NAME, "crc": …, "pm_unit": …, "names": {…}, …}`.

    Equal JSON gives the same object, so that 10,000 devices share one. Unknown keys and bad values raise
    ProfileError: a mistyped setting must not be ignored silently.
    """
    return _profile_from(tuple(sorted((key, _frozen(value)) for key, value in stored.items())))


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((str(key).lower(), str(item)) for key, item in value.items()))
    return value if isinstance(value, str | int | bool) else str(value)


@lru_cache(maxsize=1024)
def _profile_from(items: tuple[tuple[str, Any], ...]) -> Profile:
    wanted = dict(items)
    base = named(str(wanted.pop("base", "strict")))
    own = {field.name: getattr(base, field.name) for field in fields(Profile)}
    settings = {field.name: getattr(base.settings, field.name) for field in fields(DeviceSettings)}
    for key, value in wanted.items():
        target = settings if key in settings else own
        if key not in target or key == "settings":
            raise ProfileError(f"兼容方案里有不认识的项“{key}”")
        if type(value) is not type(target[key]):
            raise ProfileError(f"兼容方案的“{key}”取值不对：{value}")
        target[key] = value
    return Profile(**own | {"settings": DeviceSettings(**settings)})
