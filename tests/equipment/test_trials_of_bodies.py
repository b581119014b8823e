"""住建部门的测试设备：本部门自己的，上级下级和别的单位都看不见；城管、审批没有接入台。"""

from typing import Any

import pytest

from gongdi.equipment import bench
from gongdi.equipment.models import TrialDevice
from gongdi.kernel import clock
from gongdi.kernel.errors import NotAllowed
from gongdi.orgs.queries import scope_of
from tests.builders import NOW, make_authority, make_enterprise, make_user

pytestmark = pytest.mark.django_db
LEVELS = {"province": "140000", "city": "140100", "county": "140105"}


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def scope(role: str, subject: Any) -> Any:
    return scope_of(make_user(role, subject), clock.shanghai_day(NOW))


def body(level: str) -> Any:
    return scope(level, make_authority(LEVELS[level]))


@pytest.mark.parametrize("level", ["province", "city", "county"])
def test_a_housing_body_tests_for_itself(level: str) -> None:
    own = body(level)
    made = bench.make_trial(bench.TrialWish(), by=own, now=NOW)
    assert made.device.authority_id == own.authority_id
    assert made.device.enterprise_id is None
    assert made.device.project_id is None
    assert list(bench.visible_trials(own)) == [made.device]
    bench.end_trial(made.device, by=own, now=NOW)


def test_nobody_sees_the_test_of_another_body() -> None:
    bodies = [body(level) for level in LEVELS]
    for one in bodies:
        bench.make_trial(bench.TrialWish(), by=one, now=NOW)
    vendor = scope("vendor", make_enterprise())
    assert [bench.visible_trials(one).count() for one in (*bodies, vendor)] == [1, 1, 1, 0]
    first = TrialDevice.objects.get(authority_id=bodies[0].authority_id)
    for other in (bodies[1], bodies[2], vendor):
        with pytest.raises(NotAllowed):
            bench.end_trial(first, by=other, now=NOW)


def test_the_city_administration_has_no_bench() -> None:
    urban = scope("urban", make_authority("140105", kind="URBAN"))
    assert not bench.may_test(urban)
    with pytest.raises(NotAllowed, match="住建部门"):
        bench.make_trial(bench.TrialWish(), by=urban, now=NOW)
    assert not TrialDevice.objects.exists()
