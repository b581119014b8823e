"""缺传解释：六种状态各有一句话，还能怎么补、到什么时候，过期的留着但写明过期。"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.test import Client

from gongdi.monitor.queries.slot import Cure, HourEffect, SlotExplanation
from gongdi.telemetry.queries.states import SlotState, StateRun
from gongdi.web.pages import slot
from tests.module_data import module_transaction, own_changes
from tests.web import samples
from tests.web.world import World, client_of, make_world, sample_readings

__all__ = ["module_transaction", "own_changes"]
pytestmark = pytest.mark.usefixtures("own_changes")
NOW = samples.NOW
FOUND = samples.explain_slot(1, date(2026, 11, 17), 14, NOW)


@dataclass
class Page:
    """One browser and the explanation it will be shown."""

    client: Client
    path: str
    found: SlotExplanation = FOUND

    def show(self, **changes: object) -> str:
        """The page of a changed explanation."""
        self.found = replace(FOUND, **changes)  # type: ignore[arg-type]
        answer = self.client.get(self.path)
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.fixture(scope="module")
def world(module_transaction: None) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        sample_readings(patch)
        yield make_world()


@pytest.fixture
def page(world: World, monkeypatch: pytest.MonkeyPatch) -> Page:
    made = Page(client_of("county"), f"/devices/{world.devices[0].ref}/hours/2026-11-17/14")
    monkeypatch.setattr(slot, "explain_slot", lambda *words: made.found)
    return made


@pytest.mark.parametrize(
    ("state", "label", "heading", "empty"),
    [
        (SlotState.ON_TIME, "按时", "时段解释", "不需要补"),
        (SlotState.BACK_FILLED, "补传", "时段解释", "不需要补"),
        (SlotState.PENDING, "应传未到", "缺传解释", "不需要补"),
        (SlotState.EXEMPT, "免传", "时段解释", "不需要补"),
        (SlotState.PLATFORM_FAULT, "平台故障", "时段解释", "不需要补"),
        (SlotState.MISSING, "缺传", "缺传解释", "已没有补救途径"),
        (None, "不应传或未开始", "时段解释", "不需要补"),
    ],
)
def test_each_state_has_its_own_words(
    page: Page, state: SlotState | None, label: str, heading: str, empty: str
) -> None:
    said = page.show(state=state, cures=(), sentence=f"{label}：一句话。", decided_at=None)
    assert f"<h1>{heading} · 2026-11-17 14:00–15:00</h1>" in said
    assert f"状态 {label}" in said
    assert f"{label}：一句话。" in said
    assert empty in said
    assert f'href="#k-{state.value if state else "none"}"' in said


def test_the_picture_of_every_state_is_defined_on_the_page(page: Page) -> None:
    said = page.show()
    for state in (*SlotState, None):
        assert f'id="k-{state.value if state else "none"}"' in said


def test_a_way_that_is_open_says_who_and_until_when(page: Page) -> None:
    open_one = Cure(
        "backfill", "设备补传", "运维单位从设备存储补传", NOW + timedelta(hours=26), True, "收到后计入"
    )
    said = page.show(state=SlotState.PENDING, cures=(open_one,))
    assert "剩 1 天 2 小时" in said
    assert "运维单位从设备存储补传 · 至 11-23 12:05" in said
    assert 'class="shut"' not in said


def test_a_way_that_has_passed_stays_with_its_date(page: Page) -> None:
    shut = Cure(
        "backfill", "设备补传", "设备从存储补传", NOW - timedelta(hours=1), False, "设备 4 次答无数据"
    )
    said = page.show(cures=(shut,))
    assert "已过期" in said
    assert "设备从存储补传 · 已于 11-22 09:05 截止" in said
    assert "设备 4 次答无数据" in said


def test_the_evidence_stands_in_order_with_its_times(page: Page) -> None:
    said = page.show()
    places = [said.index(one.title) for one in FOUND.evidence]
    assert places == sorted(places)
    assert "本小时平台探针 60/60" in said
    assert "180 秒没有收到任何字节" in said


def test_without_records_that_is_said(page: Page) -> None:
    assert "没有留下记录" in page.show(evidence=(), connections=())


def test_the_sixty_minutes_are_drawn_and_named(page: Page) -> None:
    said = page.show()
    said = said.split('aria-label="36/60 分钟有效"')[1].split("</svg>")[0]
    assert said.count('<rect class="c-missing"') == 24
    assert said.count('<rect class="c-back_filled"') == 9
    assert said.count('<rect class="c-on_time"') == 27
    assert "<title>14:00 缺传</title>" in said
    assert "<title>14:59 按时</title>" in said


def test_neighbours_lead_to_the_other_missing_hours(page: Page) -> None:
    said = page.show(previous_missing=3, next_missing=23)
    assert "hours/2026-11-17/3" in said
    assert "hours/2026-11-17/23" in said
    assert "当日缺传 5 小时" in said
    alone = page.show(previous_missing=None, next_missing=None, missing_hours_of_day=0)
    assert "当日缺传" not in alone


def test_words_of_evidence_are_escaped(page: Page) -> None:
    """设备来的字不能变成页面的一部分。"""
    evil = replace(FOUND.evidence[0], title="<script>alert(1)</script>", detail="'\"&")
    said = page.show(evidence=(evil,), sentence="<img src=x>")
    assert "<script>alert(1)" not in said
    assert "&lt;script&gt;alert(1)" in said
    assert "<img src=x>" not in said


@pytest.mark.parametrize(
    ("state", "valid", "expected", "credit", "then", "rows"),
    [
        (SlotState.MISSING, 19, 24, Fraction(19, 24), Fraction(1), [("36/60", "45/60 起"), ("19/24", "20/24"), ("19/24", "1")]),
        (SlotState.PENDING, 10, 24, Fraction(10, 24), Fraction(11, 24), [("36/60", "45/60 起"), ("10/24", "11/24"), ("5/12", "11/24")]),
        (SlotState.ON_TIME, 24, 24, Fraction(1), Fraction(1), [("36/60", "45/60 起"), ("24/24", "24/24"), ("1", "1")]),
        (SlotState.EXEMPT, 23, 23, Fraction(1), Fraction(1), [("36/60", "45/60 起"), ("23/23", "23/23"), ("1", "1")]),
        (SlotState.PLATFORM_FAULT, 0, 0, None, None, [("36/60", "45/60 起"), ("0/0", "0/0")]),
        (None, 0, 10, Fraction(0), Fraction(0), [("36/60", "45/60 起"), ("0/10", "0/10"), ("0", "0")]),
    ],
)  # fmt: skip
def test_what_the_hour_does_to_its_day(
    state: SlotState | None, valid: int, expected: int, credit: Fraction | None, then: Fraction | None, rows: list[tuple[str, str]]
) -> None:  # fmt: skip
    """不应传的小时若有效也不会把分子加过分母。"""
    needed = None if credit is None else 20
    found = replace(FOUND, state=state, effect=HourEffect(valid, expected, needed, credit, then))
    assert [(row["now"], row["then"]) for row in slot.effect(found)] == rows


def run(begin: int, end: int, state: SlotState | None = SlotState.MISSING) -> StateRun:
    """Minutes of the hour 14."""
    starts = samples.at(17, 14)
    return StateRun(
        starts + timedelta(minutes=begin),
        starts + timedelta(minutes=end),
        state,
        end - begin,
        end - begin,
        "",
        None,
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (run(0, 60), ["14:00–14:59　缺传 60"]),
        (run(0, 8), ["14:00–14:07　缺传 8"]),
        (run(0, 7), ["缺传 7"]),
        (run(57, 60), ["缺传 3"]),
        (run(0, 2), []),
        (run(10, 40, None), []),
        (run(-30, 90), ["13:30–15:29　缺传 60"]),
    ],
)
def test_braces_name_the_longer_runs(found: StateRun, words: list[str]) -> None:
    made = slot.braces((found,), samples.at(17, 14))
    assert [one.words for one in made] == words
    for one in made:
        assert 0 <= one.left < one.right <= 60 * 18
        assert one.middle == (one.left + one.right) / 2


def test_minutes_that_are_not_owed_say_so() -> None:
    found = replace(FOUND, minutes=(None,) * 60)
    marks = slot.minutes(found, samples.at(17, 14))
    assert {(mark.state, mark.words[6:]) for mark in marks} == {("none", "不应传")}
    assert [mark.x for mark in marks[:3]] == [0, 18, 36]


@pytest.mark.parametrize(
    "day", ["2024-09-01", "2029-02-01", "0001-01-01", "2026-02-30", "17-11-2026", "today"]
)
def test_days_out_of_reach_do_not_exist(page: Page, day: str) -> None:
    path = page.path.replace("2026-11-17", day)
    assert page.client.get(path).status_code == 404


@pytest.mark.parametrize("hour", ["24", "99", "-1", "1.5", "x", "1" * 30])
def test_hours_out_of_reach_do_not_exist(page: Page, hour: str) -> None:
    assert page.client.get(page.path.removesuffix("14") + hour).status_code == 404
