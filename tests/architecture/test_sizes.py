import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.tree import (
    ROOT,
    code_lines,
    docstring_lines,
    functions,
    is_migration,
    parsed,
    python,
    short,
    tracked,
)

FUNCTION_LINES, FILE_LINES, ROOM_LINES = 50, 500, 3000
SOURCE = python("gongdi", "tools", "tests")
PRODUCT = [path for path in python("gongdi", "tools") if not is_migration(path)]
WRITTEN = {".py", ".html", ".js", ".sql", ".sh"}


def test_no_file_is_longer_than_its_limit() -> None:
    long = {
        short(path): lines
        for path in tracked()
        if path.suffix in WRITTEN and "vendor" not in path.parts
        if (lines := path.read_text(encoding="utf-8").count("\n")) > FILE_LINES
    }
    assert not long, f"超过 {FILE_LINES} 行：{long}"


def test_no_function_is_longer_than_its_limit() -> None:
    long = {}
    for path in SOURCE:
        for node in functions(path) if not is_migration(path) else ():
            lines = (node.end_lineno or 0) - node.lineno + 1 - len(docstring_lines(node))
            if lines > FUNCTION_LINES:
                long[f"{short(path)}::{node.name}"] = lines
    assert not long, f"超过 {FUNCTION_LINES} 行：{long}"


def room_of(path: Path) -> str:
    """The room of a file; each protocol and each folder of the command line counts as one."""
    parts = path.relative_to(ROOT / "gongdi").parts[:-1]
    return "/".join(parts[: 2 if parts[:1] in (("protocols",), ("cli",)) else 1])


def test_no_room_is_larger_than_its_limit() -> None:
    rooms: Counter[str] = Counter()
    for path in python("gongdi"):
        if not is_migration(path):
            rooms[room_of(path)] += code_lines(path)
    large = {room: lines for room, lines in rooms.items() if lines > ROOM_LINES}
    assert not large, f"超过 {ROOM_LINES} 行代码：{large}"


def test_every_package_file_is_empty() -> None:
    full = [short(path) for path in SOURCE if path.name == "__init__.py" and path.read_bytes().strip()]
    assert not full


@pytest.mark.parametrize("path", [p for p in PRODUCT if p.name != "__init__.py"], ids=short)
def test_every_module_opens_with_one_chinese_sentence(path: Path) -> None:
    body = parsed(path).body
    lines = docstring_lines(parsed(path))
    assert lines, "缺少模块说明"
    first = path.read_text(encoding="utf-8").splitlines()[min(lines) - 1].strip('" ')
    assert any("一" <= character <= "鿿" for character in first), first
    assert first.endswith("。"), first
    assert body


def test_there_is_at_least_as_much_test_as_code(capsys: pytest.CaptureFixture[str]) -> None:
    code = sum(code_lines(path) for path in python("gongdi") if not is_migration(path))
    tests = sum(code_lines(path) for path in python("tests"))
    with capsys.disabled():
        sys.stderr.write(f"\n测试 {tests} 行 / 代码 {code} 行 = {tests / code:.2f}（目标 1.0，暂只报告）\n")
    assert tests > 0
