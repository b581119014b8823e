from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import DatabaseError, transaction

from gongdi.kernel.errors import CalendarError, NotAllowed, PolicyError
from gongdi.kernel.models import PolicyValue
from gongdi.kernel.policy import PM10_STOP
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.kernel.scope import NOTHING, Role, Scope
from gongdi.kernel.services import PolicyDecision, YearNotice, decide_policy, publish_year

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY = date(2026, 5, 1)
PROVINCE = Scope(role=Role.PROVINCE, division_prefixes=("14",))
CITY = Scope(role=Role.CITY, division_prefixes=("1401",))


def decision(value: object = 200, division: str | None = None, since: date = DAY) -> PolicyDecision:
    return PolicyDecision(PM10_STOP.key, value, since, "晋建函测试号", division)


@pytest.mark.django_db
def test_a_decision_takes_effect_and_the_default_stays_for_earlier_days() -> None:
    decide_policy(decision=decision(), scope=PROVINCE, decided_by="省厅", now=NOW)
    policies = policy_set()
    assert policies.get(PM10_STOP, DAY) == 200
    assert policies.get(PM10_STOP, date(2026, 4, 30)) == 250


@pytest.mark.django_db
def test_a_city_decides_for_itself_only() -> None:
    decide_policy(decision=decision(180, "140100"), scope=CITY, decided_by="市局", now=NOW)
    assert policy_set().get(PM10_STOP, DAY, "140105") == 180
    assert policy_set().get(PM10_STOP, DAY, "140200") == 250
    for division in (None, "140200", "140000"):
        with pytest.raises(NotAllowed):
            decide_policy(decision=decision(180, division), scope=CITY, decided_by="市局", now=NOW)


@pytest.mark.django_db
def test_nobody_else_decides() -> None:
    with pytest.raises(NotAllowed):
        decide_policy(decision=decision(), scope=NOTHING, decided_by="某人", now=NOW)
    assert not PolicyValue.objects.exists()


@pytest.mark.django_db
def test_policy_does_not_reach_back() -> None:
    with pytest.raises(PolicyError, match="溯及既往"):
        decide_policy(decision=decision(since=date(2026, 4, 30)), scope=PROVINCE, decided_by="省厅", now=NOW)


@pytest.mark.django_db
def test_an_unusable_value_is_never_stored() -> None:
    with pytest.raises(PolicyError):
        decide_policy(decision=decision("很多"), scope=PROVINCE, decided_by="省厅", now=NOW)
    assert not PolicyValue.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "verb", ["UPDATE kernel_policyvalue SET value = '1'", "DELETE FROM kernel_policyvalue"]
)
def test_the_application_cannot_change_a_decision(verb: str) -> None:
    from django.db import connection

    decide_policy(decision=decision(), scope=PROVINCE, decided_by="省厅", now=NOW)
    with (
        pytest.raises(DatabaseError, match=r"权限|permission"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


@pytest.mark.django_db
def test_not_even_the_owner_changes_a_decision(dsn: object) -> None:
    assert callable(dsn)
    with psycopg.connect(dsn("owner")) as owner:
        for verb in (b"UPDATE kernel_policyvalue SET value = '1'", b"DELETE FROM kernel_policyvalue"):
            with pytest.raises(psycopg.errors.RestrictViolation, match="只许新增"), owner.transaction():
                owner.execute(verb)


@pytest.mark.django_db
def test_a_published_year_joins_the_shipped_calendar() -> None:
    notice = YearNotice(2027, {date(2027, 10, 1): False, date(2027, 10, 9): True}, "国办发明电")
    publish_year(notice=notice, scope=PROVINCE, decided_by="省厅", now=NOW)
    calendar = working_calendar()
    assert 2027 in calendar.years
    assert not calendar.is_working(date(2027, 10, 1))
    assert calendar.is_working(date(2027, 10, 9))


@pytest.mark.django_db
def test_only_the_province_publishes_a_year_of_its_own_days() -> None:
    with pytest.raises(NotAllowed):
        publish_year(notice=YearNotice(2027, {}, "试"), scope=CITY, decided_by="市局", now=NOW)
    wrong = YearNotice(2027, {date(2028, 1, 1): False}, "试")
    with pytest.raises(CalendarError):
        publish_year(notice=wrong, scope=PROVINCE, decided_by="省厅", now=NOW)
