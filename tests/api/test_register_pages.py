"""设备登记：一台与两百台、标签与扫码、设置按日期、停用、迁移、换机、报修，各有留痕与边界。"""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gongdi.api.register import bulk
from gongdi.api.register.codes import code_of, qr_path, ref_of
from gongdi.equipment import upkeep
from gongdi.equipment.models import Device, DeviceSetting, FaultReport
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError, NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import history
from gongdi.orgs.queries import scope_of
from gongdi.telemetry.queries.gaps import DayGap
from tests.builders import make_device, make_enterprise, make_project, make_user, second_factor_off


@pytest.fixture
def world(settings: Any, db: None) -> dict[str, Any]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    second_factor_off()
    project, vendor = make_project(), make_enterprise()
    device = make_device(project)
    Device.objects.filter(id=device.id).update(vendor_enterprise=vendor)
    return {
        "project": project,
        "device": Device.objects.get(id=device.id),
        "foreign": make_device(make_project("140213")),
        "enterprise": make_user("enterprise", project.contractor),
        "site": make_user("site", project),
        "vendor": make_user("vendor", vendor),
    }


def client(person: Any) -> Client:
    found = Client()
    found.force_login(person)
    return found


def scope(person: Any) -> Any:
    return scope_of(person, clock.shanghai_day(clock.now()))


@given(st.uuids())
def test_a_code_is_the_public_key_and_back(ref: UUID) -> None:
    assert ref_of(code_of(ref)) == ref
    assert ref_of(code_of(ref).lower()) == ref


@pytest.mark.parametrize("code", ["", "短", "0" * 25, "U" * 26, "Z" * 26])
def test_no_other_text_is_a_code(code: str) -> None:
    assert ref_of(code) is None


def test_the_drawn_code_has_a_quiet_zone() -> None:
    path, width = qr_path("https://example.invalid/d/" + "0" * 26)
    assert path.startswith("M4 4h1v1")
    assert width >= 29


def test_one_device_by_the_page(world: dict[str, Any]) -> None:
    sent = {
        "project_number": world["project"].number, "mn": "NEW0001", "interval_min": "1", "pm_unit": "ug", "profile": "strict",
    }  # fmt: skip
    answer = client(world["enterprise"]).post(reverse("equipment-new"), sent)
    made = Device.objects.get(mn="NEW0001")
    assert answer.headers["Location"] == reverse("equipment-device", args=[made.ref])
    assert made.units == {"pm_unit": "ug"}
    assert [line.act for line in history("equipment.device", made.ref)] == ["equipment.device_registered"]
    again = client(world["enterprise"]).post(reverse("equipment-new"), sent)
    assert again.status_code == 422
    assert "已登记" in again.content.decode()
    foreign = client(world["enterprise"]).post(
        reverse("equipment-new"), sent | {"mn": "X2", "project_number": "TEST999999"}
    )
    assert "没有这个编号的项目" in foreign.content.decode()
    odd = client(world["enterprise"]).post(reverse("equipment-new"), sent | {"mn": "A\x00"})
    assert odd.status_code == 422


def csv_file(rows: list[str]) -> io.BytesIO:
    found = io.BytesIO("\n".join([",".join(bulk.HEAD), *rows]).encode("gb18030"))
    found.name = "设备.csv"
    return found


def test_two_hundred_at_once_or_none(world: dict[str, Any]) -> None:
    number = world["project"].number
    good = [f"{number},BULK{n:04d},,围挡{n},5,ug" for n in range(200)]
    wrong = [*good[:-3], f"{number},BULK0000,,,5,ug", "没有的项目,BULK9998,,,5,ug", f"{number},BU LK,,,7,xx"]
    browser = client(world["enterprise"])
    refused = browser.post(reverse("equipment-bulk"), {"file": csv_file(wrong)})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "与第 2 行相同" in page
    assert "第 200 行" in page
    assert "有 5 处要改" in page
    assert not Device.objects.filter(mn__startswith="BULK").exists()
    done = browser.post(reverse("equipment-bulk"), {"file": csv_file(good)})
    assert done.status_code == 302
    assert Device.objects.filter(mn__startswith="BULK", project=world["project"]).count() == 200


@pytest.mark.parametrize("data", [b"\x00", b"\xff\xfe\xfa", b"a,b\n1,2", b""])
def test_other_files_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(UnusableInput):
        bulk.read(data, {})


def test_a_setting_holds_from_its_date(world: dict[str, Any]) -> None:
    device, now, by = world["device"], clock.now(), scope(world["enterprise"])
    upkeep.change_setting(device, 10, {"pm_unit": "mg"}, now, by=by, now=now)
    assert [
        row.interval_min for row in DeviceSetting.objects.filter(device=device).order_by("valid_from")
    ] == [1, 10]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT interval_min, profile->>'pm_unit' FROM gateway_device WHERE id = %s",
            [device.gateway_device_id],
        )
        assert cursor.fetchone() == (10, "mg")
    for instant in (now, now + timedelta(minutes=1)):
        with pytest.raises(UnusableInput):
            upkeep.change_setting(device, 5, {}, instant, by=by, now=now)


def test_a_move_keeps_number_and_password_and_the_old_history(world: dict[str, Any]) -> None:
    device, now = world["device"], clock.now()
    other = make_project(contractor=world["project"].contractor)
    moved = upkeep.move_device(device, other.id, by=scope(world["enterprise"]), now=now)
    old = Device.objects.get(id=device.id)
    assert (moved.mn, moved.project_id) == (device.mn, other.id)
    assert (old.project_id, old.in_service_to, old.successor_id) == (world["project"].id, now, moved.id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM gateway_device WHERE device_no = %s AND valid_from = %s", [device.mn, now]
        )
        assert cursor.fetchone() == (1,)
    with pytest.raises(UnusableInput):
        upkeep.end_service(old, "重复", by=scope(world["enterprise"]), now=now)


def test_an_exchange_inherits_the_point(world: dict[str, Any]) -> None:
    device, now = world["device"], clock.now()
    sent = {"mn": "EXCHANGED1", "password": ""}
    answer = client(world["enterprise"]).post(reverse("equipment-act", args=[device.ref, "exchange"]), sent)
    made = Device.objects.get(mn="EXCHANGED1")
    assert answer.headers["Location"] == reverse("equipment-device", args=[made.ref])
    assert (made.name, made.place, made.project_id) == (device.name, device.place, device.project_id)
    assert Device.objects.get(id=device.id).in_service_to is not None
    with pytest.raises(GongdiError):
        upkeep.exchange_device(
            made, device.mn, "abcdef", by=scope(world["enterprise"]), now=now + timedelta(seconds=1)
        )
    assert Device.objects.get(id=made.id).in_service_to is None, "拒绝的换机什么也不改"


@pytest.mark.parametrize("role", ["vendor"])
def test_lookers_change_nothing(world: dict[str, Any], role: str) -> None:
    by, now = scope(world[role]), clock.now()
    for act in (
        lambda: upkeep.end_service(world["device"], "x", by=by, now=now),
        lambda: upkeep.exchange_device(world["device"], "E1", "abcdef", by=by, now=now),
        lambda: upkeep.move_device(world["device"], world["project"].id, by=by, now=now),
        lambda: upkeep.change_setting(world["device"], 5, {}, now, by=by, now=now),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert client(world[role]).get(reverse("equipment-new")).status_code == 404


def test_a_foreign_device_is_out_of_reach(world: dict[str, Any]) -> None:
    foreign, browser = world["foreign"], client(world["enterprise"])
    for act in ("setting", "end", "move", "exchange"):
        assert browser.post(reverse("equipment-act", args=[foreign.ref, act]), {}).status_code == 404
    assert browser.post(reverse("scan", args=[code_of(foreign.ref)]), {"sign": "offline"}).status_code == 404
    assert browser.get(reverse("scan", args=["nonsense"])).status_code == 404
    assert foreign.mn not in browser.get(reverse("equipment-labels")).content.decode()


def test_a_vendor_sees_its_devices_and_no_other(world: dict[str, Any]) -> None:
    page = client(world["vendor"]).get(reverse("equipment")).content.decode()
    assert "名下设备" in page
    assert world["device"].mn in page
    assert world["foreign"].mn not in page
    assert (
        client(world["vendor"]).get(reverse("equipment-device", args=[world["foreign"].ref])).status_code
        == 404
    )


def test_a_scanned_label_tells_three_facts_and_takes_one_report(world: dict[str, Any]) -> None:
    browser, where = client(world["site"]), reverse("scan", args=[code_of(world["device"].ref)])
    page = browser.get(where).content.decode()
    for words in ("听到", "有效", "可信", "还没有听到过", "尚未评估"):
        assert words in page
    browser.post(where, {"sign": "offline"})
    browser.post(where, {"sign": "no_power"})
    assert [row.sign for row in FaultReport.objects.all()] == ["offline"]
    assert "已报修：不上传" in browser.get(where).content.decode()
    for person in ("vendor", "enterprise"):
        assert "报修：不上传" in client(world[person]).get(reverse("equipment")).content.decode()
    browser.post(where, {"act": "close"})
    assert FaultReport.objects.filter(closed_at__isnull=True).count() == 0
    assert "报修：" not in client(world["vendor"]).get(reverse("equipment")).content.decode()
    browser.post(where, {"sign": "nonsense"})
    assert FaultReport.objects.count() == 1


@pytest.mark.parametrize(
    ("gap", "level"),
    [((0, 0, 0, 0), "none"), ((1440, 0, 0, 0), "full"), ((1440, 5, 0, 0), "some"), ((1440, 721, 0, 0), "all"), ((60, 0, 0, 60), "none")],
)  # fmt: skip
def test_a_day_has_one_level(gap: tuple[int, int, int, int], level: str) -> None:
    assert DayGap(clock.shanghai_day(clock.now()), *gap).level == level
