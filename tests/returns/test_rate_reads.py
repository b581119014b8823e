"""回传率的读取：没有可计的天不是 100%，n/N 与截断的百分数同源，一批只用固定几次查询。"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongdi.kernel.clock import day_end
from gongdi.kernel.models import PolicyValue
from gongdi.projects.models import Project
from gongdi.returns import queries
from gongdi.returns.models import AccessFact, EnterpriseMonth, ProjectDay, ProjectMonth, RegionMonth
from gongdi.returns.services.region_days import sum_days
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from tests.builders import make_enterprise, make_project

pytestmark = pytest.mark.django_db
MONTH = date(2026, 5, 1)
NOW = datetime(2026, 5, 21, 2, tzinfo=UTC)


def count(project: Project, credit: Fraction, counted: int, on_time: Fraction | None = None) -> None:
    """A month counter of a project."""
    ProjectMonth.objects.create(
        month=MONTH,
        project_id=project.id,
        credit_units=int(credit * CREDIT_UNIT),
        on_time_units=int((credit if on_time is None else on_time) * CREDIT_UNIT),
        counted=counted,
        updated_at=NOW,
    )


@pytest.mark.parametrize(
    ("credit", "counted", "text", "percent", "full"),
    [
        (Fraction(20), 20, "20/20", "100.00", True),
        (Fraction(0), 20, "0/20", "0.00", False),
        (Fraction(499, 24), 21, "499/504", "99.00", False),
        (Fraction(20) - Fraction(1, 24), 20, "479/480", "99.79", False),
        (Fraction(2), 3, "2/3", "66.66", False),
        (Fraction(0), 0, "不适用", None, False),
    ],
)
def test_n_of_n_beside_a_truncated_percent(
    credit: Fraction, counted: int, text: str, percent: str | None, full: bool
) -> None:
    project = make_project()
    count(project, credit, counted)
    rate = queries.rate_of_project(project.id, date(2026, 5, 20), NOW)
    assert (rate.dust.text, rate.dust.percent, rate.percent, rate.is_full) == (text, percent, percent, full)
    assert rate.dust.numerator == credit
    assert rate.dust.denominator == counted
    assert rate.text == (percent or "不适用")


def test_a_project_without_a_counter_has_no_rate_and_is_not_full() -> None:
    rate = queries.rate_of_project(make_project().id, MONTH, NOW)
    assert (rate.combined, rate.percent, rate.text, rate.is_full) == (None, None, "不适用", False)
    assert rate.computed_at is None
    assert rate.on_time_percent is None


def test_streams_that_are_not_connected_do_not_apply_and_take_no_weight() -> None:
    project = make_project()
    count(project, Fraction(10), 20)
    rate = queries.rate_of_project(project.id, MONTH, NOW)
    assert [(one.label, one.text) for one in (rate.documents, rate.video)] == [
        ("资料", "不适用"),
        ("视频", "不适用"),
    ]
    assert rate.combined == Fraction(1, 2)


def test_another_month_is_another_rate() -> None:
    project = make_project()
    count(project, Fraction(10), 20)
    for other in (date(2026, 4, 30), date(2026, 6, 1)):
        assert queries.rate_of_project(project.id, other, NOW).combined is None


@pytest.mark.parametrize(
    ("now", "provisional"),
    [
        (day_end(date(2026, 5, 31)), True),
        (day_end(date(2026, 6, 10)) - timedelta(seconds=1), True),
        (day_end(date(2026, 6, 10)), False),
    ],
)
def test_a_month_is_provisional_until_its_lock(now: datetime, provisional: bool) -> None:
    """月度锁定：次月 10 日 24 时（遇休息日顺延）。"""
    assert queries.rate_of_project(make_project().id, MONTH, now).provisional is provisional


def test_a_lock_day_on_a_holiday_moves() -> None:
    before = day_end(date(2027, 1, 11)) - timedelta(seconds=1)
    assert queries.rate_of_project(1, date(2026, 12, 1), before).provisional
    assert not queries.rate_of_project(1, date(2026, 12, 1), day_end(date(2027, 1, 11))).provisional


def test_every_project_asked_for_has_an_entry_and_the_queries_do_not_grow() -> None:
    few, many = [make_project() for _ in range(2)], [make_project() for _ in range(12)]
    for project in many:
        count(project, Fraction(1), 1)

    def asked(projects: Sequence[Project]) -> int:
        with CaptureQueriesContext(connection) as made:
            found = queries.rates_of_projects([one.id for one in projects], MONTH, NOW)
        assert set(found) == {one.id for one in projects}
        return len(made)

    assert asked(few) == asked(many) <= 3
    assert queries.rates_of_projects([], MONTH, NOW) == {}


def test_an_enterprise_is_the_sum_and_not_the_mean() -> None:
    firm = make_enterprise()
    EnterpriseMonth.objects.create(
        month=MONTH, enterprise_id=firm.id, credit_units=int(Fraction(45, 2) * CREDIT_UNIT), on_time_units=0,
        counted=30, updated_at=NOW,
    )  # fmt: skip
    rate = queries.rate_of_enterprise(firm.id, MONTH, NOW)
    assert (rate.combined, rate.percent, rate.dust.text) == (Fraction(3, 4), "75.00", "3/4")
    assert rate.on_time_percent == "0.00"
    assert queries.rate_of_enterprise(firm.id + 1, MONTH, NOW).combined is None


def region(prefix: str, mean: str | None, rated: int, full: int) -> None:
    """A stored result of a division."""
    RegionMonth.objects.create(
        month=MONTH, prefix=prefix, projects=rated, rated=rated, full=full, mean=mean, updated_at=NOW
    )


@pytest.mark.parametrize("word", ["14", "140000"])
def test_a_region_is_asked_for_by_code_or_prefix(word: str) -> None:
    region("14", "2999/3000", 3, 2)
    found = queries.rates_of_regions([word], MONTH, NOW)[word]
    assert (found.mean, found.mean_percent) == (Fraction(2999, 3000), "99.96")
    assert (found.share_full, found.share_full_percent, found.full, found.rated) == (
        Fraction(2, 3), "66.66", 2, 3,
    )  # fmt: skip


def test_a_region_without_a_rated_project_has_no_mean() -> None:
    region("1401", None, 0, 0)
    found = queries.rates_of_regions(["1401", "1402"], MONTH, NOW)
    for one in found.values():
        assert (one.mean, one.mean_percent, one.share_full, one.share_full_percent) == (None,) * 4
    assert found["1402"].projects == 0
    assert found["1402"].entry_percent is None


def test_yangquan_and_luliang_are_not_taken_for_their_neighbours() -> None:
    """1410 结尾带零：临汾 141000 的前缀是 1410，不是 141。"""
    region("1410", "1", 1, 1)
    region("1411", "0", 1, 0)
    found = queries.rates_of_regions(["141000", "141100"], MONTH, NOW)
    assert (found["141000"].mean, found["141100"].mean) == (Fraction(1), Fraction(0))


def test_the_entry_rate_counts_the_due_and_the_entered_alone() -> None:
    """项目入库率：已入库 /（已入库 + 过了期限还没入库），竣工的和没到期的不算。"""
    entered, late, early, done = (make_project() for _ in range(4))
    rows = {
        entered: (date(2027, 1, 1), "building"),
        late: (date(2026, 5, 20), "building"),
        early: (date(2026, 5, 21), "building"),
        done: (date(2026, 5, 1), "completed"),
    }
    for project, (deadline, status) in rows.items():
        Project.objects.filter(pk=project.pk).update(access_deadline=deadline, status=status)
    AccessFact.objects.create(
        project_id=entered.id, required=1, proven=1, entered_on=date(2026, 5, 1), dust_on=None, updated_at=NOW
    )
    found = queries.rates_of_regions(["14"], MONTH, NOW)["14"]
    assert (found.projects, found.entered, found.due_set, found.entry_percent) == (3, 1, 2, "50.00")


def day(project: Project, on: date, credit: Fraction, counted: int) -> None:
    """A result of one project-day."""
    ProjectDay.objects.create(
        project_id=project.id, day=on, required=counted, counted=counted, missing=0, overdue=False,
        credit_units=int(credit * CREDIT_UNIT), on_time_units=0, updated_at=NOW,
    )  # fmt: skip
    sum_days([on], NOW)


def test_a_series_has_every_day_and_a_gap_is_a_gap() -> None:
    project = make_project()
    day(project, date(2026, 5, 18), Fraction(1), 1)
    day(project, date(2026, 5, 20), Fraction(19, 24), 1)
    series = queries.days_of_project(project.id, date(2026, 5, 20), days=4)
    assert [(one.day.day, one.percent, one.counted) for one in series] == [
        (17, None, 0),
        (18, "100.00", 1),
        (19, None, 0),
        (20, "79.16", 1),
    ]
    assert len(queries.days_of_project(project.id, date(2026, 5, 20))) == 30


def test_the_series_of_a_region_adds_its_devices_and_no_others() -> None:
    own, sibling, foreign = make_project("140105"), make_project("140106"), make_project("140213")
    for project, credit, counted in (
        (own, Fraction(1), 1),
        (sibling, Fraction(1), 3),
        (foreign, Fraction(0), 1),
    ):
        day(project, date(2026, 5, 20), credit, counted)
    by_region = {
        code: queries.days_of_region(code, date(2026, 5, 20), days=1)[0].credit
        for code in ("140105", "1401", "140000", "1402", "1403")
    }
    assert by_region == {
        "140105": Fraction(1), "1401": Fraction(1, 2), "140000": Fraction(2, 5), "1402": Fraction(0), "1403": None,
    }  # fmt: skip


def test_access_without_a_stored_fact_is_not_proven() -> None:
    project = make_project()
    found = queries.access_of_projects([project.id, 987654321])
    assert list(found) == [project.id]
    access = found[project.id]
    assert (access.entered_on, access.dust_on, access.connected_on, access.devices_proven) == (
        None, None, None, 0,
    )  # fmt: skip
    assert access.deadline == project.access_deadline


def test_decided_weights_hold_for_the_months_since() -> None:
    """权重改了也不影响只有一路的项目；改成扬尘 0，则没有一路可计，不显示 100%。"""
    project = make_project()
    count(project, Fraction(20), 20)
    PolicyValue.objects.create(
        key="returns.weight.dust",
        value="0",
        valid_from=MONTH,
        basis="测试号",
        decided_by="省厅",
        created_at=NOW,
    )
    rate = queries.rate_of_project(project.id, MONTH, NOW)
    assert (rate.combined, rate.text, rate.is_full) == (None, "不适用", False)
    assert rate.dust.percent == "100.00"
