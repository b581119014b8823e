"""导入与比对：对的登记、错的只传错的、重复登记不发生，许可与项目自动对上，看不到别人的。"""

from datetime import date

import pytest

from gongdi.inventory import queries
from gongdi.inventory.models import ImportBatch, ImportRow, Permit
from gongdi.inventory.services import imports
from gongdi.inventory.services.from_permit import Confirmed, start_project
from gongdi.kernel.errors import GongdiError, NotAllowed, UnusableInput
from gongdi.kernel.models import EvidenceEvent
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Enterprise
from gongdi.orgs.queries import scope_of
from gongdi.projects.models import Project
from tests.builders import (
    DEADLINES,
    NOW,
    TODAY,
    make_authority,
    make_enterprise,
    make_project,
    make_user,
    uscc,
)

pytestmark = pytest.mark.django_db
HEAD = "项目编号,项目名称,工程类别,区划,施工总承包,施工总承包代码,占地面积,开工日期,施工许可证编号,备注\n"
PERMITS = "施工许可证编号,项目名称,工程类别,区划,施工总承包,施工总承包代码,建设单位,占地面积,发证日期\n"


def line(number: int, **changes: str) -> str:
    cells = {
        "number": f"IMP{number:05d}",
        "name": f"导入工地{number}号",
        "kind": "房屋建筑",
        "place": "140105",
        "firm": f"导入公司{number % 9}号",
        "code": uscc(number % 9 + 500),
        "area": "9000",
        "day": "2026-10-20",
        "permit": "",
        "note": "原样留存",
    } | changes
    return ",".join(cells.values()) + "\n"


def permit_line(number: str, name: str, place: str = "140105", code: str = "", firm: str = "") -> str:
    return f"{number},{name},房屋建筑,{place},{firm},{code},某建设单位,12000,2026-09-01\n"


def county(place: str = "140105") -> Scope:
    body = make_authority(place)
    return scope_of(make_user("county", body), TODAY)


def sent(by: Scope, text: str, kind: str = "projects") -> ImportBatch:
    return imports.upload(kind=kind, name="清单.csv", data=text.encode(), by=by, now=NOW)


def states(batch: ImportBatch) -> tuple[int, int, int]:
    counts = queries.counts_of([batch.id])[batch.id]
    return counts.right, counts.wrong, counts.applied


def test_nothing_is_registered_before_the_second_act() -> None:
    by = county()
    batch = sent(by, HEAD + line(1) + line(2, code="91140100MA0JTEX100"))
    assert states(batch) == (1, 1, 0)
    assert Project.objects.filter(number__startswith="IMP").count() == 0
    wrong = queries.rows_of(batch.id, "wrong").get()
    assert wrong.number == 3
    assert wrong.cells["备注"] == "原样留存"
    assert wrong.faults[0]["column"] == "施工总承包代码"


def test_the_right_rows_are_registered_once_with_one_event() -> None:
    by = county()
    batch = sent(by, HEAD + line(1) + line(2) + line(3, day="昨天"))
    assert imports.apply(batch=batch, by=by, deadlines=DEADLINES, now=NOW).registered == 2
    assert imports.apply(batch=batch, by=by, deadlines=DEADLINES, now=NOW).registered == 0
    assert states(batch) == (0, 1, 2)
    project = Project.objects.get(number="IMP00001")
    assert project.safety_authority_id == by.authority_id
    assert project.access_deadline == date(2026, 11, 19)
    [event] = EvidenceEvent.objects.filter(act="inventory.applied")
    assert event.facts["numbers"] == ["IMP00001", "IMP00002"]
    with pytest.raises(UnusableInput):
        imports.discard(batch=batch, by=by)


def test_only_the_wrong_rows_are_sent_again() -> None:
    by = county()
    first = sent(by, HEAD + line(1) + line(2, kind="别墅"))
    imports.apply(batch=first, by=by, deadlines=DEADLINES, now=NOW)
    again = sent(by, HEAD + line(1) + line(2))
    assert states(again) == (1, 1, 0)
    assert "已经登记过" in queries.rows_of(again.id, "wrong").get().faults[0]["advice"]
    assert imports.apply(batch=again, by=by, deadlines=DEADLINES, now=NOW).registered == 1
    assert Project.objects.filter(number__startswith="IMP").count() == 2


def test_what_others_registered_meanwhile_is_not_registered_twice() -> None:
    by = county()
    one, two = sent(by, HEAD + line(1) + line(2)), sent(by, HEAD + line(1))
    imports.apply(batch=two, by=by, deadlines=DEADLINES, now=NOW)
    done = imports.apply(batch=one, by=by, deadlines=DEADLINES, now=NOW)
    assert (done.registered, done.wrong) == (1, 1)


def test_missing_columns_are_named_at_once() -> None:
    with pytest.raises(UnusableInput) as caught:
        sent(county(), "项目编号,项目名称\n1,2\n")
    assert "工程类别、区划、施工总承包、施工总承包代码、开工日期" in str(caught.value)


def test_who_may_not_import() -> None:
    urban = scope_of(make_user("urban", make_authority("140105", kind="URBAN")), TODAY)
    site = scope_of(make_user("site", make_project()), TODAY)
    firm = scope_of(make_user("enterprise", make_enterprise()), TODAY)
    for by, kind in ((urban, "projects"), (site, "projects"), (firm, "permits"), (urban, "permits")):
        with pytest.raises(NotAllowed):
            sent(by, HEAD + line(1), kind)
    assert ImportBatch.objects.count() == 0


def test_a_foreign_upload_is_neither_seen_nor_registered() -> None:
    by, other = county(), county("140106")
    batch = sent(by, HEAD + line(1))
    with pytest.raises(ImportBatch.DoesNotExist):
        queries.batch(other, batch.ref)
    with pytest.raises(NotAllowed):
        imports.apply(batch=batch, by=other, deadlines=DEADLINES, now=NOW)
    with pytest.raises(NotAllowed):
        imports.discard(batch=batch, by=other)
    assert states(batch) == (1, 0, 0)


def test_permits_are_compared_with_the_inventory() -> None:
    by = county()
    entered, without = make_project("140105"), make_project("140105")
    sent_permits = (
        PERMITS + permit_line("PERMIT0001", entered.name) + permit_line("PERMIT0002", "还没有入库的学校")
    )
    batch = sent(by, sent_permits, "permits")
    assert imports.apply(batch=batch, by=by, deadlines=DEADLINES, now=NOW).matched == 1
    assert [one.number for one in queries.not_entered(by)] == ["PERMIT0002"]
    assert list(queries.without_permit(by, TODAY)) == [without]
    assert list(queries.not_entered(county("140106"))) == []


def test_a_later_import_closes_the_gap() -> None:
    by = county()
    batch = sent(by, PERMITS + permit_line("PERMIT0003", "某学校"), "permits")
    imports.apply(batch=batch, by=by, deadlines=DEADLINES, now=NOW)
    later = sent(by, HEAD + line(7, permit="PERMIT0003"))
    assert imports.apply(batch=later, by=by, deadlines=DEADLINES, now=NOW).matched == 1
    assert list(queries.not_entered(by)) == []


def permit(by: Scope, code: str, firm: str) -> Permit:
    batch = sent(by, PERMITS + permit_line("PERMIT0009", "按证建档学校", code=code, firm=firm), "permits")
    imports.apply(batch=batch, by=by, deadlines=DEADLINES, now=NOW)
    return Permit.objects.get(number="PERMIT0009")


def test_a_project_starts_from_its_permit_once() -> None:
    by, firm = county(), make_enterprise("按证公司")
    own = scope_of(make_user("enterprise", firm), TODAY)
    held = permit(by, firm.uscc, firm.name)
    confirmed = Confirmed("SX202611240001", held.project_name, "HOUSE", date(2026, 11, 2), site_area_m2=12000)
    project = start_project(permit=held, confirmed=confirmed, by=own, deadlines=DEADLINES, now=NOW)
    assert (project.contractor_id, project.division_id) == (firm.id, "140105")
    assert list(queries.not_entered(by)) == []
    with pytest.raises(UnusableInput):
        start_project(permit=held, confirmed=confirmed, by=own, deadlines=DEADLINES, now=NOW)


def test_another_enterprise_cannot_take_the_permit() -> None:
    by, firm = county(), make_enterprise("按证公司")
    held = permit(by, firm.uscc, firm.name)
    other = scope_of(make_user("enterprise", make_enterprise()), TODAY)
    confirmed = Confirmed("SX202611240002", "学校", "HOUSE", date(2026, 11, 2), site_area_m2=12000)
    for scope, day in (
        (other, date(2026, 11, 2)),
        (county("140106"), date(2026, 11, 2)),
        (by, date(2027, 1, 1)),
    ):
        with pytest.raises(GongdiError):
            start_project(
                permit=held,
                confirmed=Confirmed(confirmed.number, "学校", "HOUSE", day, site_area_m2=1),
                by=scope,
                deadlines=DEADLINES,
                now=NOW,
            )
    assert Project.objects.filter(number=confirmed.number).count() == 0


def test_five_hundred_rows_cost_a_constant_number_of_queries(django_assert_max_num_queries: object) -> None:
    by = county()
    rows = "".join(line(number) for number in range(500))
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        batch = sent(by, HEAD + rows)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        done = imports.apply(batch=batch, by=by, deadlines=DEADLINES, now=NOW)
    assert done.registered == 500
    assert Enterprise.objects.filter(name__startswith="导入公司").count() == 9
    assert ImportRow.objects.filter(batch=batch, state="applied").count() == 500
