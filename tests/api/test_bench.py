"""接入台：测试设备只属于本单位，从不计数；坏包说清第几字节、应为什么、凭什么；只读链接到期失效。"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.api.bench import checks
from gongdi.equipment import bench
from gongdi.equipment.models import BenchShare, Device, TrialDevice
from gongdi.equipment.queries import devices_in_service
from gongdi.kernel import clock
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.models import EvidenceEvent
from gongdi.orgs.queries import scope_of
from gongdi.protocols.hj212.crc import crc16, modbus
from gongdi.telemetry.models import GatewayDevice
from tests.builders import NOW, make_enterprise, make_project, make_user, second_factor_off
from tests.telemetry.building import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(settings: Any) -> dict[str, Any]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    second_factor_off()
    project = make_project()
    return {
        "vendor": make_user("vendor", make_enterprise()),
        "rival": make_user("vendor", make_enterprise()),
        "site": make_user("site", project),
        "other_site": make_user("site", make_project()),
    }


def client(person: Any) -> Client:
    found = Client()
    found.force_login(person)
    return found


def scope(person: Any) -> Any:
    return scope_of(person, clock.shanghai_day(clock.now()))


def made(person: Any, **wish: Any) -> bench.MadeTrial:
    return bench.make_trial(bench.TrialWish(**wish), by=scope(person), now=clock.now())


def quarantined(store: Store, device: TrialDevice, data: bytes, reason: str, detail: str = "") -> None:
    store.run(
        "INSERT INTO quarantine (recv_at, device_id, peer, device_no, reason, detail, data) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [clock.now(), device.gateway_device_id, "198.51.100.9:4000", device.mn, reason, detail, data],
    )


def packet_body(device: TrialDevice, password: str = "Tk83pz") -> bytes:
    at = clock.now().astimezone(clock.SHANGHAI)
    return (
        f"QN={at:%Y%m%d%H%M%S}305;ST=39;CN=2051;PW={password};MN={device.mn};Flag=5;CP=&&DataTime={at:%Y%m%d%H%M}00;"
        "a34002-Avg=132.0,a34002-Flag=N&&"
    ).encode()


def test_a_trial_is_no_device_and_its_password_is_shown_once(people: dict[str, Any]) -> None:
    browser = client(people["vendor"])
    answer = browser.post(reverse("bench"), {"mn": "", "pm_unit": "ug", "interval_min": "1"})
    device = TrialDevice.objects.get()
    where = reverse("bench-device", args=[device.ref])
    assert answer.headers["Location"] == where
    assert "密码只显示这一次" in browser.get(where).content.decode()
    assert "密码只显示这一次" not in browser.get(where).content.decode()
    assert not Device.objects.exists()
    assert EvidenceEvent.objects.filter(act="equipment.trial_device_made").count() == 1


@pytest.mark.parametrize("act", ["share", "revoke", "password", "end"])
def test_nobody_reaches_the_trial_of_another(people: dict[str, Any], act: str) -> None:
    device = made(people["vendor"]).device
    for other in ("rival", "site"):
        browser = client(people[other])
        assert browser.get(reverse("bench-device", args=[device.ref])).status_code == 404
        assert browser.post(reverse("bench-act", args=[device.ref, act])).status_code == 404
        assert device.mn not in browser.get(reverse("bench")).content.decode()
    with pytest.raises(NotAllowed):
        bench.end_trial(device, by=scope(people["rival"]), now=NOW)
    own = made(people["site"]).device
    assert client(people["other_site"]).get(reverse("bench-device", args=[own.ref])).status_code == 404


def test_a_number_in_use_is_refused_and_kept_in_the_form(people: dict[str, Any]) -> None:
    made(people["vendor"], mn="SAME0001")
    with pytest.raises(UnusableInput, match="已登记"):
        made(people["rival"], mn="SAME0001")
    answer = client(people["rival"]).post(
        reverse("bench"), {"mn": "SAME0001", "pm_unit": "ug", "interval_min": "1"}
    )
    assert answer.status_code == 422
    assert 'value="SAME0001"' in answer.content.decode()
    odd = client(people["rival"]).post(
        reverse("bench"), {"mn": "A\x00B", "pm_unit": "ug", "interval_min": "1"}
    )
    assert odd.status_code == 422


def test_a_wrong_crc_names_bytes_values_and_proof(store: Store, people: dict[str, Any]) -> None:
    device = made(people["vendor"]).device
    body = packet_body(device)
    quarantined(store, device, b"##%04d%b%04X" % (len(body), body, modbus(body)), "wrong_crc")
    page = client(people["vendor"]).get(reverse("bench-device", args=[device.ref])).content.decode()
    at = len(body) + 7
    assert f"第 {at}–{at + 3} 字节" in page
    assert f"{modbus(body):04X}</span>" in page
    assert f'big ok">{crc16(body):04X}' in page
    assert f"MODBUS CRC-16 = {modbus(body):04X}" in page
    assert "crc = (crc &gt;&gt; 8) ^ byte" in page
    assert "2F80" in page
    assert "Tk83pz" not in page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("wrong_password", "访问密码与登记的不同"),
        ("time", "数据时间不能采用"),
        ("wrong_crc", "没有一种完全吻合"),
    ],
)
def test_other_refusals_have_their_own_words(
    store: Store, people: dict[str, Any], reason: str, words: str
) -> None:
    device = made(people["vendor"]).device
    body = packet_body(device)
    crc = crc16(body) ^ (0x1111 if reason == "wrong_crc" else 0)
    quarantined(store, device, b"##%04d%b%04X" % (len(body), body, crc), reason, "访问密码不符")
    page = client(people["vendor"]).get(reverse("bench-device", args=[device.ref])).content.decode()
    assert words in page
    # The legend marks the check value only when it is the check value that is wrong
    assert ('<span class="b-bad">CRC</span>' in page) == (reason == "wrong_crc")


def test_an_unknown_number_that_is_nearly_right_is_found(store: Store, people: dict[str, Any]) -> None:
    device = made(people["vendor"]).device
    now = clock.now()
    for number in (device.mn.lower(), "QUITE-ANOTHER-NUMBER"):
        store.run(
            "INSERT INTO pending_device (device_no, first_seen, last_seen, n, peer) VALUES (%s, %s, %s, 3, 'p:1')",
            [number, now, now],
        )
    page = client(people["vendor"]).get(reverse("bench-device", args=[device.ref])).content.decode()
    assert device.mn.lower() in page
    assert "MN 与登记的不同" in page
    assert "QUITE-ANOTHER-NUMBER" not in page


def test_bytes_without_a_number_are_shown_to_the_same_address_only(
    store: Store, people: dict[str, Any]
) -> None:
    device = made(people["vendor"]).device
    store.run(
        "INSERT INTO quarantine (recv_at, peer, reason, data) VALUES (%s, '127.0.0.1:5000', 'not_hj212', %s)",
        [clock.now(), b'{"a": 1}'],
    )
    here = client(people["vendor"]).get(reverse("bench-device", args=[device.ref])).content.decode()
    assert "不是 HJ 212 报文" in here
    away = Client(REMOTE_ADDR="203.0.113.5")
    away.force_login(people["vendor"])
    assert "不是 HJ 212 报文" not in away.get(reverse("bench-device", args=[device.ref])).content.decode()


def test_a_link_is_read_only_ends_and_can_be_taken_back(people: dict[str, Any]) -> None:
    device = made(people["vendor"]).device
    browser, now = client(people["vendor"]), clock.now()
    browser.post(reverse("bench-act", args=[device.ref, "share"]))
    link = BenchShare.objects.get()
    where = reverse("bench-shared", args=[bench.token_of(link)])
    page = Client().get(where)
    assert page.status_code == 200
    assert device.mn in page.content.decode()
    assert "<form" not in page.content.decode().split("<main")[1]
    assert link.expires_at - link.created_at == timedelta(days=7)
    assert bench.shared_device(bench.token_of(link), now + timedelta(days=7, minutes=1)) is None
    assert Client().get(where[:-1] + ("A" if where[-1] != "A" else "B")).status_code == 404
    assert Client().get(reverse("bench-shared", args=[link.ref.hex])).status_code == 404
    browser.post(reverse("bench-act", args=[device.ref, "revoke"]))
    assert Client().get(where).status_code == 404


def test_the_end_is_the_end(people: dict[str, Any]) -> None:
    device = made(people["vendor"]).device
    bench.share(device, by=scope(people["vendor"]), now=clock.now())
    bench.end_trial(device, by=scope(people["vendor"]), now=clock.now())
    assert not bench.open_shares(device, clock.now()).exists()
    with pytest.raises(NotAllowed):
        bench.renew_password(device, by=scope(people["vendor"]), now=clock.now())


def test_the_thirty_boxes() -> None:
    assert checks.TOTAL == 30
    assert len({key for group in checks.GROUPS for key in group.keys}) == 30
    found = checks.preview({"ends": "ok", "crc": "bad", "clock": "doubt", "unheard_of": "ok"})
    assert (found.passed, found.failed, found.left) == (1, 1, 28)


def test_a_trial_owes_nothing(people: dict[str, Any]) -> None:
    """The gateways and the masks know it as a test: no minute of it is ever expected."""
    device = made(people["vendor"]).device
    assert GatewayDevice.objects.filter(id=device.gateway_device_id, test=True).exists()
    assert not devices_in_service(NOW - timedelta(days=900), NOW + timedelta(days=900))


def test_a_new_password_reaches_the_gateways(store: Store, people: dict[str, Any]) -> None:
    first = made(people["vendor"])
    fresh = bench.renew_password(first.device, by=scope(people["vendor"]), now=clock.now())
    row = store.connection.execute(
        "SELECT secret FROM gateway_device WHERE id = %s", [first.device.gateway_device_id]
    ).fetchone()
    assert row == (fresh,)
    assert fresh != first.password
