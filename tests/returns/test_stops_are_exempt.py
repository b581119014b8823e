"""批准的停工免传：从申请的起日算，复工即恢复；接入期限顺延；重做一遍什么都不变。"""

from datetime import date, timedelta

import pytest

from gongdi.kernel.clock import day_end, day_start
from gongdi.orgs.queries import scope_of
from gongdi.projects.models import Project, ProjectParty, Stop
from gongdi.projects.services.stops import StopWish, apply_stop, decide_stop, order_stop, resume
from gongdi.returns.services.stops import give_back_days, stops_to_exemptions
from gongdi.telemetry.models import CoverageDay, Exemption
from gongdi.telemetry.services.masks import refresh_masks
from gongdi.telemetry.terms import Terms
from tests.builders import TODAY, make_authority, make_device, make_enterprise, make_user
from tests.projects.building import supervised
from tests.telemetry.building import at

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("2026-05-14 10:00")
WISH = StopWish("X1", date(2026, 5, 11), date(2026, 5, 31), "材料供应中断")


def stopped(approve: bool = True) -> Stop:
    county, firm = make_authority("140105"), make_enterprise()
    project = supervised("140105", county)
    ProjectParty.objects.create(project=project, enterprise=firm, kind="developer", valid_from=TODAY)
    owner = scope_of(make_user("developer", firm), TODAY)
    stop = apply_stop(project_id=project.pk, wish=WISH, by=owner, now=at("2026-05-08 16:00"))
    officer = scope_of(make_user("county", county), TODAY)
    return decide_stop(stop=stop, approve=approve, words="资料不符", by=officer, now=NOW)


def test_exempt_from_the_day_applied_for_not_from_the_approval(terms: Terms) -> None:
    stop = stopped()
    device = make_device(stop.project, now=at("2026-05-01 00:00")).gateway_device_id
    refresh_masks([(device, date(2026, 5, 12))], terms, NOW)
    assert CoverageDay.objects.get(subject_id=device, day=date(2026, 5, 12)).expected_hours == 24
    assert stops_to_exemptions(terms, NOW) == 1
    assert stops_to_exemptions(terms, NOW) == 0
    [span] = Exemption.objects.filter(project_id=stop.project_id)
    assert (span.code, span.starts, span.ends) == (
        "X1",
        day_start(date(2026, 5, 11)),
        day_end(date(2026, 5, 31)),
    )
    assert CoverageDay.objects.get(subject_id=device, day=date(2026, 5, 12)).expected_hours == 0


def test_from_the_resumption_on_everything_is_due_again(terms: Terms) -> None:
    stop = stopped()
    stops_to_exemptions(terms, NOW)
    owner = scope_of(make_user("developer", ProjectParty.objects.get(kind="developer").enterprise), TODAY)
    resume(stop=stop, day=date(2026, 5, 20), by=owner, now=NOW)
    assert stops_to_exemptions(terms, NOW) == 1
    assert Exemption.objects.get().ends == day_start(date(2026, 5, 20))


def test_neither_a_refused_nor_an_ordered_stop_is_exempt(terms: Terms) -> None:
    stop = stopped(approve=False)
    officer = scope_of(make_user("county", stop.authority), TODAY)
    order_stop(project_id=stop.project_id, wish=WISH, by=officer, now=NOW)
    assert stops_to_exemptions(terms, NOW) == 0
    assert give_back_days(terms, NOW) == 0


def test_the_access_deadline_gets_the_covered_days_back(terms: Terms) -> None:
    stop = stopped()
    Project.objects.filter(id=stop.project_id).update(
        started_on=date(2026, 5, 1), access_deadline=date(2026, 6, 1), connected_on=None
    )
    stops_to_exemptions(terms, NOW)
    assert give_back_days(terms, NOW) == 1
    assert give_back_days(terms, NOW) == 0
    project = Project.objects.get(id=stop.project_id)
    assert (project.excluded_days, project.access_deadline) == (21, date(2026, 5, 1) + timedelta(days=51 + 1))


def test_undecided_at_the_lock_is_exempt_in_that_month_until_decided(terms: Terms) -> None:
    county, firm = make_authority("140105"), make_enterprise()
    project = supervised("140105", county)
    ProjectParty.objects.create(project=project, enterprise=firm, kind="developer", valid_from=TODAY)
    owner = scope_of(make_user("developer", firm), TODAY)
    wish = StopWish("X2", date(2026, 5, 20), date(2026, 6, 30), "高温停工")
    stop = apply_stop(project_id=project.pk, wish=wish, by=owner, now=at("2026-05-18 16:00"))
    lock = terms.lock_of(date(2026, 5, 20))
    assert stops_to_exemptions(terms, lock - timedelta(hours=1)) == 0
    assert stops_to_exemptions(terms, lock - timedelta(minutes=5)) == 1
    assert stops_to_exemptions(terms, lock) == 0
    span = Exemption.objects.get(project_id=project.pk)
    assert (span.ends, span.approver) == (day_end(date(2026, 5, 31)), "主管部门未审")
    officer = scope_of(make_user("county", county), TODAY)
    decide_stop(stop=stop, approve=True, words="", by=officer, now=lock + timedelta(days=1))
    assert stops_to_exemptions(terms, lock + timedelta(days=1)) == 1
    span.refresh_from_db()
    assert span.ends == day_end(date(2026, 6, 30))
    assert span.approver != "主管部门未审"


def test_the_project_shows_as_stopped_while_the_approved_stop_lasts(terms: Terms) -> None:
    stop = stopped()
    seen = []
    for text in ("2026-05-10 10:00", "2026-05-11 10:00", "2026-05-31 10:00", "2026-06-01 10:00"):
        stops_to_exemptions(terms, at(text))
        seen.append(Project.objects.get(id=stop.project_id).status)
    assert seen == ["building", "stopped", "stopped", "building"]


def test_an_ordered_stop_or_another_reason_is_left_alone(terms: Terms) -> None:
    stop = stopped(approve=False)
    officer = scope_of(make_user("county", stop.authority), TODAY)
    order_stop(project_id=stop.project_id, wish=WISH, by=officer, now=NOW)
    stops_to_exemptions(terms, NOW)
    assert Project.objects.get(id=stop.project_id).status == "building"
    Project.objects.filter(id=stop.project_id).update(status="stopped")
    stops_to_exemptions(terms, NOW)
    assert Project.objects.get(id=stop.project_id).status == "stopped"
