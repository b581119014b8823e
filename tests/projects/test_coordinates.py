"""坐标换算：与公开的算例相同，换过去再换回来差不到一米。"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdi.projects.coordinates import bd09_to_gcj02, gcj02_to_wgs84, to_wgs84, wgs84_to_gcj02

SHANXI = (st.floats(110.2, 114.6), st.floats(34.5, 40.8))


def test_the_offsets_equal_the_published_example() -> None:
    assert wgs84_to_gcj02(116.404, 39.915) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)
    assert bd09_to_gcj02(116.404, 39.915) == pytest.approx((116.39762729119315, 39.90865673957631), abs=1e-9)


@given(*SHANXI)
def test_the_inverse_meets_the_place(lng: float, lat: float) -> None:
    assert gcj02_to_wgs84(*wgs84_to_gcj02(lng, lat)) == pytest.approx((lng, lat), abs=1e-8)


@given(*SHANXI)
def test_the_offset_is_hundreds_of_metres(lng: float, lat: float) -> None:
    east, north = to_wgs84(lng, lat, "GCJ02")
    assert 0.0001 < abs(lng - east) + abs(lat - north) < 0.02


@pytest.mark.parametrize("system", ["WGS84", "CGCS2000"])
def test_the_same_place_stays(system: str) -> None:
    assert to_wgs84(112.5632101, 37.8012349, system) == (112.56321, 37.801235)
