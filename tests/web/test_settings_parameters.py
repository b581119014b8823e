"""政策参数页：现行值、历次数值、省市的新决定，填错时说怎么填并保留所填。"""

from datetime import date, time
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.kernel import clock
from gongdi.kernel.errors import PolicyError
from gongdi.kernel.evidence.record import history
from gongdi.kernel.models import PolicyValue
from gongdi.kernel.policy import PARAMETERS, stored
from gongdi.kernel.services import ref_of
from gongdi.web.pages import parameter_values as values
from tests.builders import make_authority, make_enterprise, make_user

pytestmark = pytest.mark.django_db
KEY = "returns.lock_day"
PAGE = f"/settings/parameters/{KEY}"


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def browser(role: str, division: str = "140000") -> Client:
    client = Client()
    client.force_login(make_user(role, make_authority(division)))
    return client


def given(**changes: str) -> dict[str, str]:
    day = clock.shanghai_day(clock.now()).isoformat()
    return {"value": "12", "valid_from": day, "division": "", "basis": "晋建质函〔2026〕12号"} | changes


@pytest.mark.parametrize("key", sorted(PARAMETERS))
def test_every_parameter_has_words_and_can_be_typed_again(key: str) -> None:
    parameter = PARAMETERS[key]
    default = parameter.defaults[-1].value
    assert values.words(default)
    assert values.hint(parameter)
    assert values.group_of(key) != key.partition(".")[0]
    assert parameter.read(values.read(parameter, values.typed(default))) == parameter.read(stored(default))


@pytest.mark.parametrize(
    ("value", "said"),
    [(Fraction(3, 4), "75%"), (Fraction(1, 3), "1/3"), (10_000, "10,000"), (time(22), "22:00"), (None, "未启用"),
     ((("pm10", "pm25"), ("tsp",)), "pm10、pm25；tsp"), (date(2026, 4, 1), "2026-04-01")],
)  # fmt: skip
def test_words_of_values(value: object, said: str) -> None:
    assert values.words(value) == said


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [("dust.hour_share", "75%", "3/4"), ("dust.hour_share", "3/4", "3/4"), ("noise.night_begins", "22：30", "22:30"),
     ("video.duty_from", "", None), ("dust.valid_factor_groups", "pm10，pm25；tsp", [["pm10", "pm25"], ["tsp"]])],
)  # fmt: skip
def test_what_is_typed_is_read(key: str, typed: str, kept: object) -> None:
    assert values.read(PARAMETERS[key], typed) == kept


@pytest.mark.parametrize(
    ("key", "typed"),
    [(KEY, "十"), (KEY, "31"), (KEY, "-1"), ("dust.hour_share", "120%"), ("noise.night_begins", "晚上")],
)
def test_what_cannot_be_used_is_refused(key: str, typed: str) -> None:
    with pytest.raises(PolicyError):
        values.read(PARAMETERS[key], typed)


def test_the_list_names_every_parameter_and_filters() -> None:
    client = browser("province")
    page = client.get(reverse("parameters")).content.decode()
    assert all(parameter.name in page for parameter in PARAMETERS.values())
    page = client.get(reverse("parameters"), {"q": "月度锁定日"}).content.decode()
    assert "月度锁定日" in page
    assert "昼间噪声限值" not in page
    assert "没有符合筛选的参数" in client.get(reverse("parameters"), {"q": "没有这个"}).content.decode()


def test_the_province_decides_and_the_evidence_says_so() -> None:
    client = browser("province")
    assert client.post(PAGE, given()).status_code == 302
    row = PolicyValue.objects.get()
    assert (row.key, row.division, row.value) == (KEY, None, 12)
    [event] = history("kernel.policy", ref_of(f"policy:{KEY}"))
    assert (event.act, event.facts["value"], event.reason) == (
        "kernel.policy_decided",
        12,
        "晋建质函〔2026〕12号",
    )
    page = client.get(PAGE).content.decode()
    assert "<b>12 日</b>" in page
    assert "晋建质函〔2026〕12号" in page


def test_a_city_decides_for_itself_only() -> None:
    client = browser("city", "140100")
    assert client.post(PAGE, given(division="140200")).status_code == 422
    assert client.post(PAGE, given(division="")).status_code == 422
    assert client.post(PAGE, given(division="140100")).status_code == 302
    assert PolicyValue.objects.get().division == "140100"
    assert "<b>12 日</b>" not in browser("city", "140200").get(PAGE).content.decode()


def test_a_county_looks_but_decides_nothing() -> None:
    client = browser("county", "140105")
    assert "作出新决定" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, given()).status_code == 404
    assert not PolicyValue.objects.exists()


def test_an_enterprise_does_not_see_the_settings() -> None:
    client = Client()
    client.force_login(make_user("enterprise", make_enterprise()))
    assert client.get(reverse("parameters")).status_code == 404
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [({"value": "31"}, "不能大于 28"), ({"value": "十日"}, "数值应为整数"), ({"valid_from": "2020-01-01"}, "生效日期不能早于今天"),
     ({"basis": ""}, "请填写依据"), ({"valid_from": ""}, "请填写生效日期")],
)  # fmt: skip
def test_a_refused_decision_keeps_what_was_typed(change: dict[str, str], said: str) -> None:
    response = browser("province").post(PAGE, given(**change))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "没有保存" in page
    assert change.get("value", "12") in page
    assert not PolicyValue.objects.exists()


def test_an_unknown_parameter_does_not_exist() -> None:
    assert browser("province").get("/settings/parameters/no.such").status_code == 404
