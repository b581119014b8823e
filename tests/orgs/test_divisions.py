"""区划按发布的文件装入：11 市、117 县，功能区另记。"""

import pytest

from gongdi.orgs.models import Division

pytestmark = pytest.mark.django_db


def test_the_published_divisions_are_loaded() -> None:
    assert Division.objects.get(parent=None).code == "140000"
    assert Division.objects.filter(parent_id="140000").count() == 11
    counties = Division.objects.exclude(parent=None).exclude(parent_id="140000")
    assert counties.filter(functional_zone=False).count() == 117
    assert set(counties.filter(functional_zone=True).values_list("code", flat=True)) == {
        "140171",
        "140271",
        "140671",
        "140971",
    }


def test_every_county_lies_under_the_city_of_its_prefix_and_has_a_point() -> None:
    for county in Division.objects.filter(parent__parent_id="140000"):
        assert county.parent_id == county.code[:4] + "00"
        if not county.functional_zone:
            assert county.lng is not None
            assert county.lat is not None
            assert 110 < county.lng < 115
            assert 34 < county.lat < 41
