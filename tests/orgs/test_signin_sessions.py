"""会话的清理：到期的删掉并记下结束，没到期的一个不动。"""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from gongdi.kernel import clock
from gongdi.orgs.models import User
from gongdi.orgs.signin import sessions, tasks
from gongdi.orgs.signin.models import SigninSession
from tests.builders import NOW, make_authority, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user("county", make_authority("140105"))


def held(user: User, key: str, *, ends: timedelta) -> SigninSession:
    """A session that ends that long after now."""
    Session.objects.create(session_key=key, session_data="", expire_date=NOW + ends)
    return SigninSession.objects.create(
        user=user, session_key=key, way="password", address="10.0.0.9", started_at=NOW, seen_at=NOW
    )


def test_expired_sessions_go_and_the_others_stay(user: User) -> None:
    over, alive = (
        held(user, "a" * 32, ends=-timedelta(seconds=1)),
        held(user, "b" * 32, ends=timedelta(hours=1)),
    )
    assert sessions.forget_expired(NOW) == 1
    over.refresh_from_db()
    alive.refresh_from_db()
    assert (over.ended_at, alive.ended_at) == (NOW, None)
    assert [one.pk for one in sessions.sessions_of(user.pk, NOW)] == [alive.pk]


def test_twice_changes_nothing_more(user: User) -> None:
    over = held(user, "a" * 32, ends=-timedelta(seconds=1))
    sessions.forget_expired(NOW)
    assert sessions.forget_expired(NOW + timedelta(hours=1)) == 0
    over.refresh_from_db()
    assert over.ended_at == NOW


def test_rows_of_last_year_go_too(user: User) -> None:
    over = held(user, "a" * 32, ends=-timedelta(seconds=1))
    sessions.forget_expired(NOW)
    sessions.forget_expired(NOW + timedelta(days=366))
    assert not SigninSession.objects.filter(pk=over.pk).exists()


def test_the_task_reads_the_clock_of_the_platform(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    held(user, "a" * 32, ends=timedelta(minutes=5))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    assert tasks.forget_sessions(0) == 1


def test_others_cannot_be_ended_by_their_number(user: User) -> None:
    other = make_user("county", make_authority("140106"))
    theirs = held(other, "c" * 32, ends=timedelta(hours=1))
    assert not sessions.end_session(user=user, ref=theirs.ref, now=NOW)
    assert Session.objects.filter(session_key="c" * 32).exists()
    assert sessions.end_all(user=user, but="", now=NOW) == 0
