import re
from pathlib import Path

import pytest

from gongdi.cli.clauses import code_citations, marker_citations, table
from gongdi.kernel.clauses import load_clauses
from gongdi.kernel.errors import ClauseError

ROOT = Path(__file__).parents[2]
CLAUSES = load_clauses()
NUMBERS = r"[（(][一二三四五][）)]|[123]\.|[一二三四]、"
FRAME = (
    "山西省住房和城乡建设厅",
    "晋建质函〔2020〕379号",
    "山西省住房和城乡建设厅关于加快推进“智慧工地”建设的通知",
    "各市住房和城乡建设局、城市管理局，山西省建设投资集团有限公司、中央驻晋建筑施工企业：",
    "项目接入时限",
    "信息数据采集",
    "项目现场管理信息",
    "视频监控和扬尘监测数据",
    "其他信息。",
    "推进措施",
    "工作要求",
    "山西省住房和城乡建设厅",
    "2020年4月1日",
)
"""Letterhead and headings: what is left of the notice once every clause is taken out."""
CODE, TESTS = code_citations(ROOT), marker_citations(ROOT)


def test_code_and_tests_cite_only_clauses_that_exist() -> None:
    known = {clause.id for clause in CLAUSES}
    assert not set(CODE) - known, {id: CODE[id] for id in set(CODE) - known}
    assert not set(TESTS) - known, {id: TESTS[id] for id in set(TESTS) - known}


@pytest.mark.parametrize("clause", [c for c in CLAUSES if c.status == "done"], ids=lambda clause: clause.id)
def test_what_is_done_has_code_and_a_test(clause: object) -> None:
    id = getattr(clause, "id", "")
    assert CODE.get(id), f"{id} 没有代码写“依据”"
    assert TESTS.get(id), f"{id} 没有测试标记"


def test_the_clauses_are_the_whole_notice_word_for_word() -> None:
    notice = re.sub(r"\s|\*", "", (ROOT / "docs" / "通知原文.md").read_text(encoding="utf-8"))
    rest = notice
    for clause in CLAUSES:
        text = re.sub(r"\s", "", clause.text)
        assert text in rest, clause.id
        rest = rest.replace(text, "¶", 1)
    assert re.sub(NUMBERS, "", rest.replace("¶", "")) == "".join(FRAME)


def test_each_sentence_stands_once() -> None:
    texts = [clause.text for clause in CLAUSES]
    assert len(set(texts)) == len(texts)


def test_the_published_table_is_up_to_date() -> None:
    written = (ROOT / "docs" / "追溯表.md").read_text(encoding="utf-8")
    assert written == table(CLAUSES, ROOT), "请运行 gongdi clauses"


@pytest.mark.parametrize(
    "text",
    [
        '["379-1.a"]\nstatus = "done"\n',
        '["379-1.a"]\ntext = "甲"\nstatus = "almost"\n',
        '["379-1.a"]\ntext = "甲"\nstatus = "exempt"\n',
        '["379-1.a"]\ntext = "甲"\nstatus = "done"\nowner = "乙"\n',
        '["380-1"]\ntext = "甲"\nstatus = "done"\n',
        "[",
    ],
)
def test_an_unusable_list_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "clauses.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ClauseError):
        load_clauses(file)
