"""入库：缺项一次说全；退回一次说全、逐项指明；审核拖延不改入库日期；谁也替不了谁办。"""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.models import EvidenceEvent
from gongdi.kernel.policy import DEFAULTS
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Authority
from gongdi.orgs.queries import scope_of
from gongdi.projects.duties import duties_of_authority
from gongdi.projects.entry_rules import NEEDED_POSTS, new_defects
from gongdi.projects.models import EntryFiling, Project, ProjectChange, ProjectParty
from gongdi.projects.services.changing import edit_base_file
from gongdi.projects.services.entry import IncompleteEntry, accept_entry, return_entry, submit_entry
from gongdi.projects.services.parties import NewPost, add_party, add_post
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_user, uscc
from tests.projects.building import supervised

pytestmark = pytest.mark.django_db
WHOLE = {
    "address": "小店区龙城大街 1 号",
    "lng": 112.56,
    "lat": 37.73,
    "planned_end": date(2027, 12, 31),
    "contract_price": Decimal("125000000.00"),
    "permit_number": "140105202603020101",
    "filing_number": "AJ-140105-2026-031",
}


def site(county: Authority) -> tuple[Project, Scope]:
    project = supervised("140105", county)
    return project, scope_of(make_user("enterprise", project.contractor), TODAY)


def whole(project: Project, by: Scope) -> None:
    """Fill in everything that entry needs."""
    edit_base_file(project_id=project.pk, values=WHOLE, by=by, now=NOW)
    for number, kind in enumerate(("developer", "supervisor")):
        add_party(
            project_id=project.pk, kind=kind, uscc=uscc(900 + number), name=f"参建{kind}", by=by, now=NOW
        )
    for party in ProjectParty.objects.filter(project=project):
        for post in NEEDED_POSTS.get(party.kind, ()):
            person = NewPost(post, "某工", "证书", f"C-{post}", TODAY + timedelta(days=90))
            add_post(party=party, post=person, by=by, now=NOW)


def reviewed(county: Authority) -> Scope:
    return scope_of(make_user("county", county), TODAY)


def test_everything_that_lacks_is_named_at_once() -> None:
    project, by = site(make_authority("140105"))
    with pytest.raises(IncompleteEntry) as caught:
        submit_entry(project_id=project.pk, by=by, now=NOW)
    fields = {one.field for one in caught.value.lacking}
    assert {"address", "place", "planned_end", "contract_price", "permit_number", "filing_number"} <= fields
    assert {"party_developer", "party_supervisor", "post_general_contractor_0", "post_supervisor_0"} <= fields
    assert "investment_code" not in fields
    assert EntryFiling.objects.count() == 0


def test_the_entry_date_is_the_submission_not_the_review() -> None:
    county = make_authority("140105")
    project, by = site(county)
    whole(project, by)
    filing = submit_entry(project_id=project.pk, by=by, now=NOW)
    accepted = accept_entry(filing=filing, by=reviewed(county), now=NOW + timedelta(days=12))
    assert accepted.entered_on == TODAY
    with pytest.raises(UnusableInput):
        accept_entry(filing=filing, by=reviewed(county), now=NOW)
    with pytest.raises(UnusableInput):
        submit_entry(project_id=project.pk, by=by, now=NOW)


def test_a_second_submission_waits_for_the_first() -> None:
    county = make_authority("140105")
    project, by = site(county)
    whole(project, by)
    submit_entry(project_id=project.pk, by=by, now=NOW)
    with pytest.raises(UnusableInput, match="正在等"):
        submit_entry(project_id=project.pk, by=by, now=NOW)


def test_only_the_safety_supervisor_decides() -> None:
    county, city, station = (
        make_authority("140105"),
        make_authority("140100"),
        make_authority("140105", kind="STATION"),
    )
    project, by = site(county)
    whole(project, by)
    filing = submit_entry(project_id=project.pk, by=by, now=NOW)
    for other in (
        by,
        scope_of(make_user("city", city), TODAY),
        scope_of(make_user("station", station), TODAY),
        reviewed(make_authority("140106")),
    ):
        with pytest.raises(NotAllowed):
            accept_entry(filing=filing, by=other, now=NOW)
        with pytest.raises(NotAllowed):
            return_entry(filing=filing, defects={"address": "门牌不对"}, by=other, now=NOW)


def test_a_return_names_its_defects_and_later_ones_cannot_be_new() -> None:
    county = make_authority("140105")
    project, by = site(county)
    whole(project, by)
    officer = reviewed(county)
    filing = submit_entry(project_id=project.pk, by=by, now=NOW)
    with pytest.raises(UnusableInput):
        return_entry(filing=filing, defects={"address": "  "}, by=officer, now=NOW)
    return_entry(filing=filing, defects={"address": "门牌与许可不符"}, by=officer, now=NOW)
    edit_base_file(project_id=project.pk, values={"planned_end": date(2028, 1, 31)}, by=by, now=NOW)
    again = submit_entry(project_id=project.pk, by=by, now=NOW + timedelta(hours=1))
    with pytest.raises(UnusableInput, match="合同价"):
        return_entry(filing=again, defects={"contract_price": "不对"}, by=officer, now=NOW)
    for field in ("planned_end", "address"):
        assert new_defects([field], [{"address"}], {"planned_end"}) == []
    return_entry(filing=again, defects={"planned_end": "工期超过合同"}, by=officer, now=NOW)


def test_each_verb_leaves_one_event_and_changes_their_rows() -> None:
    county = make_authority("140105")
    project, by = site(county)
    before = EvidenceEvent.objects.count()
    edit_base_file(project_id=project.pk, values={"address": "甲", "stage": "主体"}, by=by, now=NOW)
    assert EvidenceEvent.objects.count() == before + 1
    assert {row.field for row in ProjectChange.objects.filter(project=project)} == {"address", "stage"}
    assert edit_base_file(project_id=project.pk, values={"address": "甲"}, by=by, now=NOW) == []
    assert EvidenceEvent.objects.count() == before + 1


def test_nobody_else_edits_the_base_file() -> None:
    county = make_authority("140105")
    project, _ = site(county)
    other = scope_of(make_user("enterprise", make_enterprise()), TODAY)
    for by in (reviewed(county), other):
        with pytest.raises(NotAllowed):
            edit_base_file(project_id=project.pk, values={"address": "乙"}, by=by, now=NOW)


def test_an_expired_certificate_and_a_wrong_code_are_refused() -> None:
    project, by = site(make_authority("140105"))
    party = ProjectParty.objects.get(project=project)
    with pytest.raises(UnusableInput, match="到期"):
        add_post(
            party=party, post=NewPost("质量员", "某工", "证", "1", TODAY - timedelta(days=1)), by=by, now=NOW
        )
    with pytest.raises(UnusableInput, match="校验位"):
        add_party(
            project_id=project.pk, kind="developer", uscc="91140100MA0JTEX100", name="甲", by=by, now=NOW
        )


def test_the_duty_lies_on_the_board_with_its_clock_until_decided() -> None:
    county = make_authority("140105")
    project, by = site(county)
    whole(project, by)
    filing = submit_entry(project_id=project.pk, by=by, now=NOW)
    officer, calendar = reviewed(county), shipped_calendar()
    later = NOW + timedelta(days=7)
    [duty] = duties_of_authority(officer, later, DEFAULTS, calendar)
    assert (duty.project_ref, duty.day_number, duty.limit_days, duty.overdue_days) == (project.ref, 5, 3, 2)
    assert duties_of_authority(by, later, DEFAULTS, calendar) == []
    accept_entry(filing=filing, by=officer, now=later)
    assert duties_of_authority(officer, later, DEFAULTS, calendar) == []


def test_a_place_of_a_map_vendor_is_converted_and_the_original_kept() -> None:
    project, by = site(make_authority("140105"))
    values = {"lng": 112.55, "lat": 37.80}
    edit_base_file(project_id=project.pk, values=values, by=by, now=NOW, system="GCJ02")
    project.refresh_from_db()
    assert project.lng is not None
    assert 0.003 < abs(112.55 - project.lng) < 0.01
    assert (project.original_lng, project.original_lat, project.original_system) == (112.55, 37.80, "GCJ02")
    with pytest.raises(UnusableInput, match="坐标系"):
        edit_base_file(project_id=project.pk, values=values, by=by, now=NOW, system="MARS")
