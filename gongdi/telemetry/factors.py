"""监测因子的次序、中文名、编码、单位和列名，页面与统计共用这一张表。"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factor:
    """One monitored factor (监测因子): position of its mark nibble, HJ 212 code, name, unit, decimals."""

    name: str
    index: int
    code: str
    label: str
    unit: str
    decimals: int
    column: str


def _factor(index: int, name: str, code: str, label: str, unit_decimals: tuple[str, int]) -> Factor:
    unit, decimals = unit_decimals
    return Factor(name, index, code, label, unit, decimals, f"{name}_avg")


FACTORS: tuple[Factor, ...] = (
    _factor(0, "tsp", "a34001", "TSP", ("µg/m³", 1)),
    _factor(1, "pm10", "a34002", "PM10", ("µg/m³", 1)),
    _factor(2, "pm25", "a34004", "PM2.5", ("µg/m³", 1)),
    _factor(3, "noise", "Leq", "噪声", ("dB(A)", 1)),
    _factor(4, "temperature", "a01001", "温度", ("℃", 1)),
    _factor(5, "humidity", "a01002", "湿度", ("%", 1)),
    _factor(6, "pressure", "a01006", "气压", ("kPa", 2)),
    _factor(7, "wind_speed", "a01007", "风速", ("m/s", 1)),
    _factor(8, "wind_direction", "a01008", "风向", ("°", 0)),
)
BY_NAME = {factor.name: factor for factor in FACTORS}
BY_CODE = {factor.code: factor for factor in FACTORS}

_COMPASS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


def compass(degrees: float) -> str:
    """Chinese name of a wind direction (风向) given in degrees from north."""
    return _COMPASS[int((degrees % 360 + 22.5) // 45) % 8]
