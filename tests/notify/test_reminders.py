"""自动提醒：临近说一次，逾期隔几天说一次，接入了就不说；日历缺了只告诉省级。"""

from datetime import date, timedelta
from typing import Any

import pytest

from gongdi.boards.reminders import remind_access, remind_calendar
from gongdi.kernel.models import CalendarYear
from gongdi.kernel.policy import DEFAULTS, REMIND_ACCESS_DAYS, REMIND_LATE_EVERY_DAYS
from gongdi.notify.models import Message
from gongdi.notify.queries import unread
from gongdi.orgs.models import Membership, User
from gongdi.projects.models import Project
from tests.builders import NOW, TODAY, make_authority, make_project, make_user

pytestmark = pytest.mark.django_db
NEAR = DEFAULTS.get(REMIND_ACCESS_DAYS, TODAY)
EVERY = DEFAULTS.get(REMIND_LATE_EVERY_DAYS, TODAY)


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def site(days: int) -> tuple[Project, User, User]:
    """A project whose deadline is `days` from today, its person on site, one of its contractor."""
    project = make_project("140105")
    project.access_deadline, project.connected_on = TODAY + timedelta(days=days), None
    project.save()
    return project, make_user("site", project), make_user("enterprise", project.contractor)


def run(days: int = 0) -> int:
    return remind_access(policy=DEFAULTS, now=NOW + timedelta(days=days))


@pytest.mark.parametrize(("days", "told"), [(NEAR + 1, 0), (NEAR, 2), (0, 2), (-1, 2)])
def test_a_near_or_passed_deadline_is_told(days: int, told: int) -> None:
    site(days)
    assert run() == told


def test_it_is_told_once_however_often_the_job_runs() -> None:
    _, person, _ = site(3)
    assert (run(), run(), run(1)) == (2, 0, 0)
    message = Message.objects.get(user_id=person.id)
    assert message.title == "接入期限还剩 3 天"
    assert message.link.startswith("/projects/")


def test_a_late_project_is_told_again_after_the_days_of_the_policy() -> None:
    site(-1)
    assert [run(day) for day in range(EVERY + 1)] == [2] + [0] * (EVERY - 1) + [2]


def test_a_connected_project_is_left_in_peace() -> None:
    project, _, _ = site(2)
    project.connected_on = TODAY
    project.save()
    assert run() == 0


def test_who_has_left_is_not_told() -> None:
    _, person, other = site(2)
    Membership.objects.filter(user=person).update(ended_at=NOW, end_reason="离场")
    assert run() == 1
    assert (unread(person.id), unread(other.id)) == (0, 1)


def test_the_missing_calendar_is_told_to_the_province_once_a_month() -> None:
    top = make_user("province", make_authority("140000"))
    city = make_user("city", make_authority("140100"))
    assert date(2026, 11, 1) <= TODAY
    assert (remind_calendar(policy=DEFAULTS, now=NOW), remind_calendar(policy=DEFAULTS, now=NOW)) == (1, 0)
    assert (unread(top.id), unread(city.id)) == (1, 0)
    CalendarYear.objects.create(year=2027, exceptions={}, basis="通知", decided_by="省厅", created_at=NOW)
    assert remind_calendar(policy=DEFAULTS, now=NOW + timedelta(days=31)) == 0
