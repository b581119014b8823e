"""make verify：每条主张的命令都重跑，失败、没写命令、主题不认识都不算成立。"""

from pathlib import Path

import pytest

from tools import verify

PAGE = """# 写入

前言里的 `true` 不是主张。

| 主张 | 命令 | 数字 |
|---|:--|--:|
{rows}

| 机器 | 核数 |
|---|---|
| 本机 | 2 |
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty docs/verification."""
    monkeypatch.setattr(verify, "FOLDER", tmp_path)
    monkeypatch.setattr(verify, "ROOT", tmp_path)
    return tmp_path


def page(folder: Path, topic: str, *rows: str) -> Path:
    path = folder / f"{topic}.md"
    path.write_text(PAGE.format(rows="\n".join(rows)), encoding="utf-8")
    return path


ROWS = [
    ("| 不丢 | `make deep ONLY=crash` | 0 |", ("不丢", "make deep ONLY=crash")),
    ("| 不丢 | 用 `true` 或 `false` | 0 |", ("不丢", "true")),
    (r"| 有行 | `echo a \| grep a` |", ("有行", "echo a | grep a")),
    ("| 只有话 | 见上 | 3 |", ("只有话", "")),
    ("| 一格 |", ("一格", "")),
    ("|紧凑|`true`|", ("紧凑", "true")),
    ("| 没有尾线 | `true`", ("没有尾线", "true")),
]


@pytest.mark.parametrize(("row", "claim"), ROWS)
def test_a_row_is_a_claim_and_its_command(folder: Path, row: str, claim: tuple[str, str]) -> None:
    found = verify.claims_of(page(folder, "写入", row))
    assert [(one.topic, one.text, one.command) for one in found] == [("写入", *claim)]


def test_only_tables_headed_by_claims_are_read(folder: Path) -> None:
    path = folder / "x.md"
    path.write_text("| 机器 | 核数 |\n|---|---|\n| 本机 | `2` |\n\n文字\n", encoding="utf-8")
    assert verify.claims_of(path) == []


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("| 成立 | `true` |", 0),
        ("| 不成立 | `false` |", 1),
        ("| 找不到 | `no-such-command-here` |", 1),
        ("| 没有命令 | 见上 |", 1),
        (r"| 管道 | `echo 5 \| grep -q 5` |", 0),
        (r"| 管道 | `echo 5 \| grep -q 6` |", 1),
        ("| 在仓库根目录跑 | `test -f 成立.md` |", 0),
    ],
)
def test_the_exit_code_says_whether_everything_holds(folder: Path, row: str, code: int) -> None:
    page(folder, "成立", row)
    assert verify.main([]) == code


def test_every_claim_is_run_though_an_earlier_one_failed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page(folder, "甲", "| 一 | `false` |", "| 二 | `touch second` |")
    page(folder, "乙", "| 三 | `false` |", "| 四 | `touch fourth` |")
    assert verify.main([]) == 1
    assert (folder / "second").exists()
    assert (folder / "fourth").exists()
    last = capsys.readouterr().out.splitlines()[-2:]
    assert last == ["不成立：[乙] 三", "不成立：[甲] 一"]


def test_a_topic_alone_runs_alone(folder: Path) -> None:
    page(folder, "甲", "| 一 | `touch first` |")
    page(folder, "乙", "| 二 | `touch second` |")
    assert verify.main(["乙"]) == 0
    assert not (folder / "first").exists()
    assert (folder / "second").exists()


def test_an_unknown_topic_or_no_page_at_all_is_said_and_no_success(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main([]) == 2
    page(folder, "甲", "| 一 | `true` |")
    assert verify.main(["丙"]) == 2
    assert "丙" in capsys.readouterr().err
