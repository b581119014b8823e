"""设备的读取：一次查询取一批，停用的不再应传，历史设置按日期排。"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gongdi.equipment import queries
from gongdi.equipment.models import Device
from gongdi.equipment.services import set_interval
from gongdi.orgs.queries import installation_scope
from tests.builders import NOW, make_device, make_project

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_devices_of_many_projects_take_one_query_whatever_their_number() -> None:
    projects = [make_project() for _ in range(4)]
    for n, project in enumerate(projects[:3]):
        for _ in range(n + 1):
            make_device(project)
    with CaptureQueriesContext(connection) as queries_made:
        found = queries.devices_of_projects([project.id for project in projects])
    assert len(queries_made) == 1
    assert {key: len(devices) for key, devices in found.items()} == {projects[n].id: n + 1 for n in range(3)}
    assert queries.devices_of_projects([]) == {}


def test_a_device_is_found_by_its_exact_number_only() -> None:
    device = make_device(mn="TESTMN01")
    found = queries.device_by_mn("TESTMN01")
    assert found is not None
    assert (found.id, found.gateway_id, found.ref) == (device.id, device.gateway_device_id, device.ref)
    for other in ("testmn01", "TESTMN0", "TESTMN01 ", "", "%"):
        assert queries.device_by_mn(other) is None


@pytest.mark.parametrize(
    ("since", "until", "there"),
    [
        (NOW - DAY, None, True),
        (NOW - 3 * DAY, NOW - 2 * DAY, False),
        (NOW - 3 * DAY, NOW, False),
        (NOW - 3 * DAY, NOW + timedelta(seconds=1), True),
        (NOW + DAY, None, False),
        (NOW + DAY - timedelta(seconds=1), None, True),
    ],
)
def test_service_is_a_half_open_window(since: object, until: object, there: bool) -> None:
    """应传窗口左闭右开：停用那一刻不再应传，启用那一刻开始。"""
    device = make_device(make_project())
    Device.objects.filter(pk=device.pk).update(in_service_from=since, in_service_to=until)
    found = queries.devices_in_service(NOW, NOW + DAY)
    assert [one.id for one in found] == ([device.id] if there else [])


def test_a_camera_is_no_dust_device() -> None:
    project = make_project()
    device = make_device(project)
    Device.objects.filter(pk=device.pk).update(kind=Device.Kind.CAMERA)
    assert queries.devices_of_projects([project.id]) == {}
    assert queries.devices_in_service(NOW, NOW + DAY) == []


def test_settings_come_oldest_first_and_in_one_query() -> None:
    devices = [make_device(make_project()) for _ in range(3)]
    for n, interval in enumerate((5, 10), start=1):
        set_interval(devices[0], interval, by=installation_scope(), now=NOW + n * DAY)
    with CaptureQueriesContext(connection) as made:
        found = queries.settings_of([device.gateway_device_id for device in devices])
    assert len(made) == 1
    assert [(one.interval_min, one.valid_from) for one in found[devices[0].gateway_device_id]] == [
        (1, NOW),
        (5, NOW + DAY),
        (10, NOW + 2 * DAY),
    ]
    assert len(found) == 3
    assert queries.settings_of([]) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"interval_min": 7},
        {"interval_min": 0},
        {"in_service_to": NOW - DAY},
    ],
)
def test_the_database_keeps_a_wrong_device_out_by_itself(change: dict[str, object]) -> None:
    device = make_device(make_project())
    with pytest.raises(IntegrityError), transaction.atomic():
        Device.objects.filter(pk=device.pk).update(**change)
