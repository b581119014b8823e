"""旅程的尺子自己也要会说不：点多了、看不见、够不着、输网址、超时，一样都不放过。"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.journey import Journey

PAGE = """<!doctype html><html lang="zh"><body style="margin:0">
<nav aria-label="菜单"><button onclick="n.textContent=+n.textContent+1">加一</button> <a href="#a">台账</a></nav>
<main aria-label="正文"><p id="n">0</p><a href="#b">台账</a><button>项目清单 3</button>
<label>项目名称<input id="name"></label><label>名称<input id="short"></label>
<label>所在县<select><option>小店区<option>迎泽区</select></label>
<label>附件<input type="file" style="position:absolute;left:-9999px"></label>
<button style="display:none">藏起来</button><button style="opacity:0">透明的</button>
<button style="position:absolute;left:-9999px">窗外的</button>
<button style="width:1px;height:1px;overflow:hidden;padding:0;border:0">一个点</button>
<div style="position:relative;height:40px"><button style="position:absolute;inset:0">被挡住</button>
<div style="position:absolute;inset:0;background:#fff"></div></div>
<button disabled>停用的</button>
<details><summary>更多筛选</summary><p>展开了</p></details>
<div style="height:3000px"></div><button onclick="n.textContent='到底'">远处</button><p>页脚</p></main></body></html>"""


@pytest.fixture
def page(chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("GONGDI_SHOTS", str(tmp_path))
    monkeypatch.setattr("tests.flows.journey.STEP_MS", 700)
    context = chromium.new_context(viewport={"width": 900, "height": 600}, has_touch=True)
    page = context.new_page()
    page.set_content(PAGE)
    yield page
    context.close()


def last_line(folder: Path) -> Any:
    return json.loads((folder / "journeys.jsonl").read_text(encoding="utf-8").splitlines()[-1])


def thrice(trip: Journey) -> None:
    for _ in range(3):
        trip.click("button", "加一")


def slowly(trip: Journey) -> None:
    trip.click("button", "加一")
    trip.page.wait_for_timeout(300)


def test_a_journey_within_its_limit_is_written_down(page: Any, tmp_path: Path) -> None:
    with Journey(page, "X1", limit=6) as trip:
        trip.click("button", "加一")
        trip.fill("名称", "府东街")
        trip.choose("所在县", "迎泽区")
        trip.click("button", "远处")
        trip.see("到底")
        trip.press("Tab")
        trip.click("link", "台账", within=("navigation", "菜单"))
    line = last_line(tmp_path)
    assert (line["clicks"], line["keys"], line["fields"], line["ok"], line["why"]) == (6, 1, 1, True, "")
    assert line["window"] == {"width": 900, "height": 600}
    assert (tmp_path / line["picture"]).stat().st_size > 1_000
    assert page.input_value("#short") == "府东街"
    assert page.input_value("#name") == ""


def test_one_click_too_many_fails_before_it_is_made(page: Any, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="第 3 击，限 2 击"), Journey(page, "X2", limit=2) as trip:
        thrice(trip)
    assert page.inner_text("#n") == "2"
    line = last_line(tmp_path)
    assert (line["clicks"], line["ok"]) == (2, False)
    assert "限 2 击" in line["why"]


def test_a_choice_counts_twice_a_key_and_a_file_once(page: Any, tmp_path: Path) -> None:
    paper = tmp_path / "许可证.txt"
    paper.write_text("1", encoding="utf-8")
    with Journey(page, "X3", limit=4) as trip:
        trip.choose("所在县", "迎泽区")
        trip.upload("附件", paper)
        trip.press("Enter")
    assert last_line(tmp_path)["clicks"] == 4
    with pytest.raises(AssertionError, match="限 1 击"), Journey(page, "X3", limit=1) as trip:
        trip.choose("所在县", "小店区")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("藏起来", "看不见"),
        ("没有的", "看不见"),
        ("透明的", "透明"),
        ("窗外的", "窗口之外"),
        ("一个点", "小得看不见"),
        ("被挡住", "够不着"),
        ("停用的", "够不着"),
    ],
)
def test_what_a_person_cannot_reach_cannot_be_clicked(page: Any, name: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words), Journey(page, "X4", limit=9) as trip:
        trip.click("button", name)


def test_two_of_the_same_name_are_refused_unless_a_region_is_named(page: Any) -> None:
    with pytest.raises(AssertionError, match="说不清"), Journey(page, "X5", limit=9) as trip:
        trip.click("link", "台账")
    with Journey(page, "X5", limit=9) as trip:
        trip.click("link", "台账", within=("main", "正文"))
        trip.click("button", "项目清单")
    assert trip.clicks == 2


def test_addresses_and_uncounted_ways_are_refused_during_a_journey_only(page: Any) -> None:
    for verb, words in (("goto", ("about:blank",)), ("click", ("button",)), ("reload", ())):
        with pytest.raises(AssertionError, match="不许输网址"), Journey(page, "X6", limit=9):
            getattr(page, verb)(*words)
    with pytest.raises(AssertionError, match="不许输网址"), Journey(page, "X6", limit=9) as trip:
        trip.goto("about:blank")
    page.goto("about:blank")
    assert page.url == "about:blank"


def test_too_slow_fails_though_every_step_worked(page: Any, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"限 0\.2 s"), Journey(page, "X7", limit=1, seconds=0.2) as trip:
        slowly(trip)
    assert last_line(tmp_path)["ok"] is False


def test_at_a_glance_means_without_scrolling(page: Any) -> None:
    with Journey(page, "X8", limit=0) as trip:
        trip.glance("项目清单")
        trip.see("页脚")
        assert trip.read("button", "项目清单") == "项目清单 3"
        page.mouse.wheel(0, -9_000)
        page.wait_for_timeout(200)
        with pytest.raises(AssertionError, match="不在这一屏"):
            trip.glance("页脚")


def test_a_fold_is_opened_by_its_head(page: Any) -> None:
    with Journey(page, "X11", limit=1) as trip:
        with pytest.raises(AssertionError, match="看不见"):
            trip.see("展开了")
        trip.click("summary", "更多筛选")
        trip.see("展开了")


def test_a_tap_counts_like_a_click(page: Any) -> None:
    with Journey(page, "X9", limit=1, touch=True) as trip:
        trip.click("button", "加一")
    assert page.inner_text("#n") == "1"
    assert trip.clicks == 1


def test_the_picture_and_the_line_are_kept_when_the_test_itself_fails(page: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="别的错"), Journey(page, "X10", limit=1):
        raise ValueError("别的错")
    line = last_line(tmp_path)
    assert (line["ok"], line["why"]) == (False, "别的错")
    assert (tmp_path / line["picture"]).exists()
