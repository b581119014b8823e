"""停工由建设单位申请、监督机构批；监督员的指定与移交一次办完，历史说得出哪天是谁。"""

from datetime import date, timedelta

import pytest

from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.models import EvidenceEvent
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority, Membership
from gongdi.orgs.queries import scope_of
from gongdi.projects.duties import officers_of, without_officer
from gongdi.projects.models import Project, ProjectParty, Stop, Supervision
from gongdi.projects.queries import visible
from gongdi.projects.services.changing import complete, correct_start
from gongdi.projects.services.officers import assign_officer, hand_over, move_supervision
from gongdi.projects.services.stops import StopWish, apply_stop, decide_stop, order_stop, resume, withdraw
from tests.builders import DEADLINES, NOW, TODAY, make_authority, make_enterprise, make_user
from tests.projects.building import supervised

pytestmark = pytest.mark.django_db
WINTER = StopWish("X2", date(2026, 12, 1), date(2027, 3, 5), "冬季气温低，停止室外作业")


def scoped(role: str, subject: Authority) -> Scope:
    return scope_of(make_user(role, subject), TODAY)


def developer_of(project: Project) -> Scope:
    firm = make_enterprise()
    ProjectParty.objects.create(project=project, enterprise=firm, kind="developer", valid_from=TODAY)
    return scope_of(make_user("developer", firm), TODAY)


def test_a_stop_is_applied_for_by_the_developer_and_decided_by_the_supervisor() -> None:
    county = make_authority("140105")
    project, officer = supervised("140105", county), scoped("county", county)
    owner = developer_of(project)
    stop = apply_stop(project_id=project.pk, wish=WINTER, by=owner, now=NOW)
    for other in (
        owner,
        scoped("city", make_authority("140100")),
        scoped("county", make_authority("140106")),
    ):
        with pytest.raises(NotAllowed):
            decide_stop(stop=stop, approve=True, words="", by=other, now=NOW)
    with pytest.raises(UnusableInput):
        decide_stop(stop=stop, approve=False, words=" ", by=officer, now=NOW)
    assert decide_stop(stop=stop, approve=True, words="", by=officer, now=NOW).state == Stop.State.APPROVED
    with pytest.raises(UnusableInput):
        decide_stop(stop=stop, approve=False, words="改主意", by=officer, now=NOW)
    assert list(EvidenceEvent.objects.filter(act__startswith="stop.").values_list("act", flat=True)) == [
        "stop.applied",
        "stop.approved",
    ]


def test_the_contractor_does_not_apply() -> None:
    project = supervised("140105", make_authority("140105"))
    firm = scope_of(make_user("enterprise", project.contractor), TODAY)
    with pytest.raises(NotAllowed):
        apply_stop(project_id=project.pk, wish=WINTER, by=firm, now=NOW)


@pytest.mark.parametrize(
    "wish",
    [
        StopWish("X2", date(2027, 3, 5), date(2026, 12, 1), "反了"),
        StopWish("X9", date(2026, 12, 1), date(2026, 12, 2), "没有这一类"),
        StopWish("X1", date(2026, 12, 1), date(2026, 12, 2), "  "),
        StopWish("X1", date(2026, 12, 1), date(2028, 12, 2), "太长"),
    ],
)
def test_an_unusable_application_is_refused(wish: StopWish) -> None:
    project = supervised("140105", make_authority("140105"))
    with pytest.raises(UnusableInput):
        apply_stop(project_id=project.pk, wish=wish, by=developer_of(project), now=NOW)


def test_two_stops_do_not_overlap_and_one_may_be_taken_back() -> None:
    project = supervised("140105", make_authority("140105"))
    owner = developer_of(project)
    first = apply_stop(project_id=project.pk, wish=WINTER, by=owner, now=NOW)
    later = StopWish("X1", date(2027, 3, 5), date(2027, 3, 9), "换季检修")
    with pytest.raises(UnusableInput, match="重叠"):
        apply_stop(project_id=project.pk, wish=later, by=owner, now=NOW)
    withdraw(stop=first, by=owner, now=NOW)
    apply_stop(project_id=project.pk, wish=later, by=owner, now=NOW)


def test_works_resume_inside_the_stop_only() -> None:
    county = make_authority("140105")
    project, officer = supervised("140105", county), scoped("county", county)
    owner = developer_of(project)
    stop = apply_stop(project_id=project.pk, wish=WINTER, by=owner, now=NOW)
    with pytest.raises(UnusableInput):
        resume(stop=stop, day=date(2027, 2, 1), by=owner, now=NOW)
    decide_stop(stop=stop, approve=True, words="", by=officer, now=NOW)
    with pytest.raises(UnusableInput):
        resume(stop=stop, day=date(2027, 3, 6), by=owner, now=NOW)
    assert resume(stop=stop, day=date(2027, 2, 1), by=owner, now=NOW).resumed_on == date(2027, 2, 1)


def test_an_ordered_stop_is_the_supervisors_and_no_exemption() -> None:
    county = make_authority("140105")
    project = supervised("140105", county)
    with pytest.raises(NotAllowed):
        order_stop(project_id=project.pk, wish=WINTER, by=developer_of(project), now=NOW)
    stop = order_stop(project_id=project.pk, wish=WINTER, by=scoped("county", county), now=NOW)
    assert (stop.kind, stop.state) == ("ordered", "approved")


def test_forty_projects_are_handed_over_in_one_act_and_history_is_kept() -> None:
    county = make_authority("140105")
    giver, taker = make_user("county", county), make_user("county", county)
    by = scope_of(giver, TODAY)
    projects = [supervised("140105", county).pk for _ in range(40)]
    assert assign_officer(project_ids=projects, officer_id=giver.pk, by=by, now=NOW) == 120
    later = NOW + timedelta(days=10)
    before = EvidenceEvent.objects.count()
    assert hand_over(giver_id=giver.pk, taker_id=taker.pk, by=by, now=later, reason="岗位调整") == 120
    assert EvidenceEvent.objects.count() == before + 1
    assert set(officers_of(projects).values()) == {taker.display_name}
    rows = Supervision.objects.filter(project_id=projects[0], aspect="safety").order_by("valid_from")
    assert [(row.officer_id, row.valid_from, row.valid_to) for row in rows][1:] == [
        (giver.pk, TODAY, TODAY + timedelta(days=9)),
        (taker.pk, TODAY + timedelta(days=10), None),
    ]
    with pytest.raises(UnusableInput, match="没有项目"):
        hand_over(giver_id=giver.pk, taker_id=taker.pk, by=by, now=later)


def test_an_officer_is_a_present_colleague_and_the_projects_are_ones_own() -> None:
    county, other = make_authority("140105"), make_authority("140106")
    by = scoped("county", county)
    mine, foreign = supervised("140105", county), supervised("140106", other)
    stranger, reader = make_user("county", other), make_user("county", county)
    Membership.objects.filter(user=reader).update(read_only=True)
    for officer in (stranger, reader):
        with pytest.raises(UnusableInput):
            assign_officer(project_ids=[mine.pk], officer_id=officer.pk, by=by, now=NOW)
    with pytest.raises(NotAllowed):
        assign_officer(project_ids=[mine.pk, foreign.pk], officer_id=by.user_id or 0, by=by, now=NOW)
    assert {row.project_id for row in without_officer(by)} == {mine.pk}
    assert without_officer(scoped("enterprise", make_enterprise())) == []  # type: ignore[arg-type]


def test_a_closed_account_is_no_officer() -> None:
    county = make_authority("140105")
    officer = make_user("county", county)
    project = supervised("140105", county)
    assign_officer(project_ids=[project.pk], officer_id=officer.pk, by=scope_of(officer, TODAY), now=NOW)
    assert without_officer(scoped("county", county)) == []
    officer.is_active = False
    officer.save()
    assert {row.aspect for row in without_officer(scoped("county", county))} == {"quality", "safety", "dust"}
    assert officers_of([project.pk]) == {}


def test_a_supervision_moves_with_the_lists() -> None:
    county, city = make_authority("140105"), make_authority("140100")
    project, by = supervised("140105", county), scoped("county", county)
    with pytest.raises(NotAllowed):
        move_supervision(
            project_id=project.pk,
            aspect="safety",
            authority_id=city.id,
            by=scoped("city", city),
            now=NOW,
            reason="提级",
        )
    for aspect in ("safety", "quality"):
        move_supervision(
            project_id=project.pk, aspect=aspect, authority_id=city.id, by=by, now=NOW, reason="提级监督"
        )
    assert not visible(by).filter(id=project.pk).exists()
    assert visible(scoped("city", city)).filter(id=project.pk).exists()
    rows = Supervision.objects.filter(project=project, aspect="safety").order_by("valid_from", "id")
    assert [(row.authority_id, row.valid_to) for row in rows] == [
        (county.id, TODAY - timedelta(days=1)),
        (city.id, None),
    ]


def test_the_start_is_corrected_by_its_supervisor_with_a_reason() -> None:
    county = make_authority("140105")
    project, by = supervised("140105", county), scoped("county", county)
    with pytest.raises(UnusableInput):
        correct_start(
            project_id=project.pk, day=date(2026, 8, 28), reason=" ", by=by, deadlines=DEADLINES, now=NOW
        )
    with pytest.raises(NotAllowed):
        correct_start(
            project_id=project.pk,
            day=date(2026, 8, 28),
            reason="开工令",
            by=scoped("city", make_authority("140100")),
            deadlines=DEADLINES,
            now=NOW,
        )
    found = correct_start(
        project_id=project.pk,
        day=date(2026, 8, 28),
        reason="开工令为 8 月 28 日",
        by=by,
        deadlines=DEADLINES,
        now=NOW,
    )
    assert found.access_deadline == date(2026, 9, 28)


def test_completion_is_noted_once_by_the_supervisor() -> None:
    county = make_authority("140105")
    project, by = supervised("140105", county), scoped("county", county)
    with pytest.raises(UnusableInput):
        complete(project_id=project.pk, day=date(2020, 1, 1), by=by, now=NOW)
    assert complete(project_id=project.pk, day=TODAY, by=by, now=NOW).completed_on == TODAY
    with pytest.raises(UnusableInput):
        complete(project_id=project.pk, day=TODAY, by=by, now=NOW)


def test_a_stop_is_applied_for_within_ten_days_of_its_start() -> None:
    project = supervised("140105", make_authority("140105"))
    owner = developer_of(project)
    late = StopWish("X1", TODAY - timedelta(days=11), TODAY, "材料供应中断")
    with pytest.raises(UnusableInput, match="2026-11-14"):
        apply_stop(project_id=project.pk, wish=late, by=owner, now=NOW)
    within = StopWish("X1", TODAY - timedelta(days=10), TODAY, "材料供应中断")
    assert apply_stop(project_id=project.pk, wish=within, by=owner, now=NOW).state == Stop.State.APPLIED
