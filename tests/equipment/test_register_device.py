"""登记设备：台账与网关的表同一事务，密码只有网关读得到，提交即通知。"""

from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, transaction

from gongdi.equipment import queries
from gongdi.equipment.models import Device, DeviceSetting
from gongdi.equipment.services import (
    NewDevice,
    assign_device,
    register_device,
    register_devices,
    set_interval,
)
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.scope import NOTHING, Role, Scope
from gongdi.orgs.queries import installation_scope
from tests.builders import NOW, make_device, make_project

pytestmark = pytest.mark.django_db
Dsn = Callable[[str], str]


def gateway_rows() -> list[tuple[str, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT device_no, interval_min, profile::text FROM gateway_device ORDER BY id")
        found: list[tuple[str, int, str]] = cursor.fetchall()
    return found


def test_both_tables_hold_the_device() -> None:
    project = make_project()
    entry = NewDevice(
        mn="MN01", password="pw", project_id=project.id, interval_min=5, profile="crc-modbus",
        profile_settings={"base": "crc-modbus"},
    )  # fmt: skip
    device = register_device(entry, by=installation_scope(), now=NOW)
    assert (device.name, device.project_id, device.in_service_from) == ("扬尘-01", project.id, NOW)
    assert gateway_rows() == [("MN01", 5, '{"base": "crc-modbus"}')]
    assert queries.settings_of([device.gateway_device_id])[device.gateway_device_id][0].interval_min == 5


def test_a_number_is_registered_once_and_leaves_no_trace() -> None:
    make_device(mn="MN01")
    with pytest.raises(UnusableInput, match="设备编号 MN01 已登记"):
        make_device(mn="MN01")
    with pytest.raises(UnusableInput, match="已登记"):
        register_devices([NewDevice("MN02", "pw"), NewDevice("MN01", "pw")], by=installation_scope(), now=NOW)
    assert [row[0] for row in gateway_rows()] == ["MN01"]
    assert Device.objects.count() == DeviceSetting.objects.count() == 1


@pytest.mark.parametrize(("mn", "password", "interval"), [("", "pw", 1), ("MN", "", 1), ("MN", "pw", 7)])
def test_unusable_data_is_refused(mn: str, password: str, interval: int) -> None:
    with pytest.raises(UnusableInput):
        register_device(NewDevice(mn, password, interval_min=interval), by=installation_scope(), now=NOW)
    assert gateway_rows() == []


def test_without_a_project_it_waits_for_the_province() -> None:
    device, project = make_device(), make_project("140105")
    county = Scope(role=Role.COUNTY, division_prefixes=("140105",))
    assert device.project.holding
    assert list(queries.visible(county)) == []
    assert list(queries.visible(Scope(role=Role.PROVINCE, division_prefixes=("14",)))) == [device]
    assign_device(device, project.id, by=installation_scope())
    assert [d.project_id for d in queries.visible(county)] == [project.id]
    with pytest.raises(UnusableInput, match="已属于"):
        assign_device(device, make_project().id, by=installation_scope())


@pytest.mark.parametrize(
    "scope",
    [
        NOTHING,
        Scope(role=Role.COUNTY, division_prefixes=("140106",)),
        Scope(role=Role.URBAN, division_prefixes=("140105",)),
        Scope(role=Role.ENTERPRISE, enterprise_id=987654),
    ],
)
def test_nobody_registers_for_another_site(scope: Scope) -> None:
    project = make_project("140105")
    for project_id in (project.id, None):
        with pytest.raises(NotAllowed):
            register_device(NewDevice("MN01", "pw", project_id=project_id), by=scope, now=NOW)
    assert gateway_rows() == []


def test_devices_follow_the_scope_of_their_project() -> None:
    own, other = make_device(make_project("140105")), make_device(make_project("140213"))
    city = Scope(role=Role.CITY, division_prefixes=("1401",))
    assert list(queries.visible(city)) == [own]
    assert list(queries.visible(NOTHING)) == []
    with pytest.raises(Device.DoesNotExist):
        queries.visible_device(city, other.ref)


def test_a_new_interval_is_dated() -> None:
    device = make_device(interval_min=1)
    set_interval(device, 5, by=installation_scope(), now=NOW.replace(hour=9))
    settings = queries.settings_of([device.gateway_device_id])[device.gateway_device_id]
    assert [setting.interval_min for setting in settings] == [1, 5]
    assert gateway_rows()[0][1] == 5


@pytest.mark.django_db(transaction=True)
def test_the_gateways_hear_of_it_at_commit(dsn: Dsn) -> None:
    with psycopg.connect(dsn("gateway"), autocommit=True) as gateway:
        gateway.execute("LISTEN devices")
        with transaction.atomic():
            make_device(mn="MN01")
            assert list(gateway.notifies(timeout=0.2)) == []
        assert len(list(gateway.notifies(timeout=2, stop_after=1))) == 1
        row = gateway.execute("SELECT secret FROM gateway_device WHERE device_no = 'MN01'").fetchone()
        assert row == ("123456",)


def test_the_application_cannot_read_secrets(dsn: Dsn) -> None:
    with (
        psycopg.connect(dsn("app"), autocommit=True) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("SELECT secret FROM gateway_device")


@pytest.mark.parametrize("table", ["orgs_user", "projects_project", "equipment_device"])
def test_the_gateway_cannot_read_the_spine(dsn: Dsn, table: str) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(dsn("gateway"), autocommit=True) as gateway, refused:
        gateway.execute(f"SELECT * FROM {table}")


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (a int)", "DROP TABLE equipment_device", "TRUNCATE orgs_user"]
)
def test_the_application_cannot_change_tables(dsn: Dsn, statement: str) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(dsn("app"), autocommit=True) as app, refused:
        app.execute(statement)
