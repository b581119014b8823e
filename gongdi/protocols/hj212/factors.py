"""监测因子的规范名称、别名、单位换算和合理范围（HJ 212-2017 表B.2、B.3 与实际报文）。"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gongdi.protocols.hj212.profiles import DeviceSettings

# Divisors that bring a value to the stored unit (ug/m3, kPa); mg is multiplied, see scale.
PM_DIVISOR: dict[str, float] = {"ng": 1000.0, "ug": 1.0, "mg": 1.0}
PRESSURE_DIVISOR: dict[str, float] = {"Pa": 1000.0, "hPa": 10.0, "kPa": 1.0}

FACTORS = (
    "tsp",
    "pm10",
    "pm25",
    "noise",
    "temperature",
    "humidity",
    "pressure",
    "wind_speed",
    "wind_direction",
)

# The 25 value columns of a minute row, in table order; wind direction has no meaningful extremes.
ROW_COLUMNS = tuple(
    f"{factor}_{statistic}"
    for factor in FACTORS
    for statistic in ("avg", "min", "max")
    if factor != "wind_direction" or statistic == "avg"
)

# Lower-cased codes as seen in the standard and in real packets. `leq`, `lmx` and `lmn` are noise too, but
# carry one statistic each (annex C.26): see NOISE_STATISTIC.
ALIASES: dict[str, str] = {
    "a34001": "tsp",
    "tsp": "tsp",
    "dust": "tsp",
    "a34002": "pm10",
    "pm10": "pm10",
    "a34004": "pm25",
    "pm25": "pm25",
    "pm2.5": "pm25",
    "la": "noise",
    "a50001": "noise",
    "nois": "noise",
    "noise": "noise",
    "voice": "noise",
    "b03": "noise",
    "leq": "noise",
    "lmx": "noise",
    "lmn": "noise",
    "a01001": "temperature",
    "tem": "temperature",
    "temp": "temperature",
    "a01002": "humidity",
    "rh": "humidity",
    "humi": "humidity",
    "humid": "humidity",
    "a01006": "pressure",
    "pa": "pressure",
    "a01007": "wind_speed",
    "ws": "wind_speed",
    "a01008": "wind_direction",
    "wd": "wind_direction",
}

NOISE_STATISTIC = {"leq": "avg", "lmx": "max", "lmn": "min"}

# Plausible range in stored units (ug/m3, dB(A), degree Celsius, %, kPa, m/s, degree).
RANGES: dict[str, tuple[float, float]] = {
    "tsp": (0.0, 30_000.0),
    "pm10": (0.0, 20_000.0),
    "pm25": (0.0, 10_000.0),
    "noise": (20.0, 140.0),
    "temperature": (-50.0, 60.0),
    "humidity": (0.0, 100.0),
    "pressure": (60.0, 110.0),
    "wind_speed": (0.0, 60.0),
    "wind_direction": (0.0, 360.0),
}

# Data marks (数据标记, table 8; P is 电源故障 of HJ/T 212-2005) as nibbles of the row's `marks`.
MARKS = {"N": 1, "T": 2, "M": 3, "C": 4, "D": 5, "B": 6, "F": 7, "S": 8, "P": 12}
NOT_SENT, NORMAL, WITHOUT_MARK, UNKNOWN_MARK, IMPLAUSIBLE = 0, 1, 9, 10, 11


def canonical(code: str, settings: "DeviceSettings") -> str | None:
    """Factor that a code stands for on this device (its own name map first), None when it is no row factor."""
    lowered = code.lower()
    for own, target in settings.names:
        if own.lower() == lowered:
            lowered = target.lower()
            break
    return lowered if lowered in FACTORS else ALIASES.get(lowered)


def scale(factor: str, settings: "DeviceSettings") -> tuple[float, float]:
    """Multiplier and divisor that bring the device's unit to the stored one."""
    if factor in ("tsp", "pm10", "pm25"):
        return (1000.0, 1.0) if settings.pm_unit == "mg" else (1.0, PM_DIVISOR[settings.pm_unit])
    if factor == "pressure":
        return 1.0, PRESSURE_DIVISOR[settings.pressure_unit]
    return 1.0, 1.0
