"""坐标换算：GCJ-02 与 BD-09 换成 WGS-84，CGCS2000 与 WGS-84 相差厘米，按同一坐标用。"""

from math import atan2, cos, pi, sin, sqrt

AXIS = 6378245.0
ECCENTRICITY = 0.00669342162296594323
BD_TURN = pi * 3000 / 180
DIGITS = 6
STEPS = 6
"""Each step of the inverse divides the error by thousands: six leave less than a millimetre."""


def to_wgs84(lng: float, lat: float, system: str) -> tuple[float, float]:
    """Degrees of WGS-84 from degrees of a coordinate system (坐标系), to six decimals."""
    if system == "BD09":
        lng, lat = bd09_to_gcj02(lng, lat)
    if system in ("BD09", "GCJ02"):
        lng, lat = gcj02_to_wgs84(lng, lat)
    return round(lng, DIGITS), round(lat, DIGITS)


def wgs84_to_gcj02(lng: float, lat: float) -> tuple[float, float]:
    """The offset of the national map system (国测局坐标)."""
    x, y = lng - 105, lat - 35
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    turned = lat / 180 * pi
    bulge = 1 - ECCENTRICITY * sin(turned) ** 2
    north = north * 180 / (AXIS * (1 - ECCENTRICITY) / (bulge * sqrt(bulge)) * pi)
    east = east * 180 / (AXIS / sqrt(bulge) * cos(turned) * pi)
    return lng + east, lat + north


def gcj02_to_wgs84(lng: float, lat: float) -> tuple[float, float]:
    """The place whose offset is this one: by repeated correction, there is no closed inverse."""
    found_lng, found_lat = lng, lat
    for _ in range(STEPS):
        there_lng, there_lat = wgs84_to_gcj02(found_lng, found_lat)
        found_lng, found_lat = found_lng + lng - there_lng, found_lat + lat - there_lat
    return found_lng, found_lat


def bd09_to_gcj02(lng: float, lat: float) -> tuple[float, float]:
    """The second offset of one map vendor (百度坐标) taken off."""
    x, y = lng - 0.0065, lat - 0.006
    length = sqrt(x * x + y * y) - 0.00002 * sin(y * BD_TURN)
    angle = atan2(y, x) - 0.000003 * cos(x * BD_TURN)
    return length * cos(angle), length * sin(angle)
