"""条款清单：写错编号、字段或状态的文件一律不收，并用中文说明是哪一条。"""

from pathlib import Path

import pytest

from gongdi.kernel.clauses import CLAUSE_ID, Clause, load_clauses
from gongdi.kernel.errors import ClauseError


def write(folder: Path, text: str) -> Path:
    """A clause file of this text."""
    path = folder / "clauses.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_right_file_is_read_in_its_order(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '["379-2.2.1.b"]\ntext = "后"\nstatus = "done"\n["379-1.a"]\ntext = "前"\nstatus = "exempt"\ncomment = "不属系统"\n',
    )
    assert load_clauses(path) == (
        Clause("379-2.2.1.b", "后", "done"),
        Clause("379-1.a", "前", "exempt", "不属系统"),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('["380-1"]\ntext = "a"\nstatus = "done"', "380-1 的编号或字段不合规"),
        ('["379-1.A"]\ntext = "a"\nstatus = "done"', "379-1.A 的编号或字段不合规"),
        ('["379-1"]\ntext = "a"\nstatus = "done"\nowner = "x"', "379-1 的编号或字段不合规"),
        ('["379-1"]\ntext = "a"\nstatus = "maybe"', "379-1 缺少原文"),
        ('["379-1"]\nstatus = "done"', "379-1 缺少原文"),
        ('["379-1"]\ntext = "a"\nstatus = "exempt"', "没有说明"),
        ('"379-1" = "a"', "379-1 的编号或字段不合规"),
        ('["379-1"', "读不出来"),
    ],
)
def test_a_wrong_file_is_refused_with_the_clause(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ClauseError, match=sentence):
        load_clauses(write(tmp_path, text))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ClauseError, match="读不出来"):
        load_clauses(tmp_path / "clauses.toml")


def test_the_shipped_file_holds_the_obligations_of_the_notice() -> None:
    """来源：晋建质函〔2020〕379号。期限、接入、回传率、扣分、保存 30 天各有一条。"""
    clauses = {clause.id: clause for clause in load_clauses()}
    assert len(clauses) == len(load_clauses())
    words = {
        "379-1.b": "30日内",
        "379-2.2.1.c": "30天",
        "379-3.3.a": "100%",
        "379-3.3.c": "10分",
    }
    for key, word in words.items():
        assert word in clauses[key].text.replace(" ", ""), key


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("依据: 379-1.a, 379-1.b", ["379-1.a", "379-1.b"]),
        ("379-2.2.1.b。", ["379-2.2.1.b"]),
        ("1379-1", []),
        ("379-", []),
        ("379-3.3.ab", ["379-3.3"]),
    ],
)
def test_ids_are_found_in_running_text(text: str, found: list[str]) -> None:
    assert CLAUSE_ID.findall(text) == found
