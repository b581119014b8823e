"""工作日历页：录入前先预览，错行逐行说明，缺下一年时提醒。"""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.calendar_rows import decoded, read_year
from gongdi.kernel.evidence.record import history
from gongdi.kernel.models import CalendarYear
from gongdi.kernel.policy import DEFAULTS
from gongdi.kernel.queries import missing_year, working_calendar
from gongdi.kernel.services import ref_of
from gongdi.web.pages.calendar_years import spans
from tests.builders import make_authority, make_user

pytestmark = pytest.mark.django_db
GOOD = "日期,安排,说明\n2027-01-01,放假,元旦\n2027/1/2,放假,元旦\n2027-02-06,上班,春节调休\n2027-02-08,放假,春节\n"


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def province() -> Client:
    client = Client()
    client.force_login(make_user("province", make_authority("140000")))
    return client


def send(client: Client, content: bytes, **more: str) -> Any:
    table = SimpleUploadedFile("2027.csv", content, "text/csv")
    return client.post(
        reverse("calendar-new"), {"year": "2027", "basis": "国办发明电〔2026〕7号", "table": table} | more
    )


def test_rows_of_a_good_table() -> None:
    table = read_year(GOOD, 2027)
    assert table.errors == ()
    assert table.exceptions == {date(2027, 1, 1): False, date(2027, 2, 6): True, date(2027, 2, 8): False}
    assert table.same == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [("2027-02-30,放假", "没有这一天"), ("2026-01-01,放假", "不是 2027 年"), ("元旦,放假", "日期写不成这样"), ("2027-01-01,玩", "不认识"),
     ("2027-01-01", "缺少第二列"), ("2027-01-01,放假\n2027-01-01,上班", "与第 1 行是同一天"), ("2027-01-02,放假", "没有一天与周一至周五不同")],
)  # fmt: skip
def test_a_wrong_row_says_how_to_mend_it(row: str, why: str) -> None:
    assert why in read_year(row, 2027).errors[0].why


def test_text_of_spreadsheet_programs() -> None:
    assert decoded("元旦".encode("gb18030")) == "元旦"
    assert decoded("元旦".encode("utf-8-sig")) == "元旦"
    assert decoded(b"\xff\xff\xff") is None


def test_preview_stores_nothing_and_confirming_stores_it(province: Client) -> None:
    page = send(province, GOOD.encode()).content.decode()
    assert "预览：2027 年" in page
    assert not CalendarYear.objects.exists()
    confirm = {"year": "2027", "basis": "国办发明电〔2026〕7号", "text": GOOD, "confirm": "1"}
    assert province.post(reverse("calendar-new"), confirm).status_code == 302
    assert CalendarYear.objects.get().year == 2027
    calendar = working_calendar()
    assert calendar.is_working(date(2027, 2, 6))
    assert not calendar.is_working(date(2027, 1, 1))
    [event] = history("kernel.calendar", ref_of("calendar:2027"))
    assert event.act == "kernel.year_published"
    assert "国办发明电〔2026〕7号" in province.get(reverse("calendar"), {"year": "2027"}).content.decode()


def test_wrong_rows_are_listed_and_nothing_is_stored(province: Client) -> None:
    response = send(province, "2027-01-01,放假\n2027-13-01,放假\n".encode("gb18030"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "第 2 行" in page
    assert "没有这一天" in page
    assert "录入 2027 年" not in page
    confirm = {"year": "2027", "basis": "通知", "text": "2027-13-01,放假", "confirm": "1"}
    assert province.post(reverse("calendar-new"), confirm).status_code == 422
    assert not CalendarYear.objects.exists()


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [(b"PK\x03\x04\xff\xff", {}, "不是文本表格"), (b"x" * 100_001, {}, "文件太大"), (GOOD.encode(), {"year": "1999"}, "年份应在"),
     (GOOD.encode(), {"basis": ""}, "请填写依据")],
)  # fmt: skip
def test_an_unusable_file_or_field_is_named(
    province: Client, content: bytes, more: dict[str, str], said: str
) -> None:
    response = send(province, content, **more)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_no_file_is_asked_for(province: Client) -> None:
    response = province.post(reverse("calendar-new"), {"year": "2027", "basis": "通知"})
    assert "请选择节假日表" in response.content.decode()


def test_only_the_province_enters_a_year() -> None:
    client = Client()
    client.force_login(make_user("city", make_authority("140100")))
    assert client.get(reverse("calendar-new")).status_code == 404
    assert send(client, GOOD.encode(), confirm="1").status_code == 404
    assert "录入一年" not in client.get(reverse("calendar")).content.decode()


def test_the_coming_year_is_missed_from_november_on() -> None:
    calendar = shipped_calendar()
    assert missing_year(calendar, DEFAULTS, date(2026, 10, 31)) is None
    assert missing_year(calendar, DEFAULTS, date(2026, 11, 1)) == 2027
    assert missing_year(calendar.with_year(2027, {}), DEFAULTS, date(2026, 12, 31)) is None


def test_neighbouring_free_days_are_one_span() -> None:
    found = spans(shipped_calendar(), 2026)
    free = [(span["first"], span["last"]) for span in found if not span["working"]]
    assert (date(2026, 10, 1), date(2026, 10, 7)) in free
