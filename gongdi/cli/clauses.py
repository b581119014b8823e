"""子命令 clauses：由条款清单、代码里的“依据”和测试标记生成 docs/追溯表.md。"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from gongdi.kernel.clauses import CLAUSE_ID, CLAUSES_FILE, Clause, load_clauses
from gongdi.kernel.errors import ClauseError

ROOT = CLAUSES_FILE.parent
BASIS = re.compile(r"依据: *(.+)")
STATUS_NAMES = {"done": "已办到", "todo": "未办完", "exempt": "不由软件承担"}
HEAD = """# 追溯表：通知逐句 → 代码 → 测试

由 `gongdi clauses` 生成，不要手改；原文见 [通知原文](通知原文.md)。“未办完”的条款可能已有部分代码和测试。
"""


def run(argv: Sequence[str]) -> int:
    """Write docs/追溯表.md; with `--check` only say whether it is up to date (exit 1 when not)."""
    if set(argv) - {"--check"}:
        print("用法：gongdi clauses [--check]", file=sys.stderr)
        return 2
    target = ROOT / "docs" / "追溯表.md"
    try:
        text = table(load_clauses(), ROOT)
    except ClauseError as error:
        print(error, file=sys.stderr)
        return 2
    if "--check" in argv:
        fresh = target.exists() and target.read_text(encoding="utf-8") == text
        print("追溯表与代码一致。" if fresh else "追溯表已过时，请运行 gongdi clauses。", file=sys.stderr)
        return 0 if fresh else 1
    target.write_text(text, encoding="utf-8")
    print(f"已写入 docs/{target.name}")
    return 0


def table(clauses: Sequence[Clause], root: Path) -> str:
    """The table in Markdown: one row a clause with the modules that cite it and the tests that prove it."""
    code, tests = code_citations(root), marker_citations(root)
    done = sum(clause.status == "done" for clause in clauses)
    rows = [
        HEAD,
        f"共 {len(clauses)} 条，已办到 {done} 条。\n",
        "| 编号 | 原文 | 状态 | 代码 | 测试 |",
        "|---|---|---|---|---|",
    ]
    for clause in clauses:
        status = STATUS_NAMES[clause.status] + (f"：{clause.comment}" if clause.comment else "")
        cells = (clause.id, clause.text, status, _cell(code[clause.id]), _cell(tests[clause.id]))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def code_citations(root: Path) -> dict[str, set[str]]:
    """Clause id to the files below gongdi/ that say `依据: id`."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((root / "gongdi").rglob("*")):
        if path.suffix in (".py", ".sql", ".toml") and "__pycache__" not in path.parts:
            for line in BASIS.findall(path.read_text(encoding="utf-8")):
                for clause in CLAUSE_ID.findall(line):
                    found[clause].add(path.relative_to(root).as_posix())
    return found


def marker_citations(root: Path) -> dict[str, set[str]]:
    """Clause id to the tests (`file::function`) that carry its marker."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((root / "tests").rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        if "mark.clause" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for clause in _markers(node):
                    found[clause].add(f"{path.relative_to(root).as_posix()}::{node.name}")
    return found


def _markers(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.clause"):
            yield from (str(word.value) for word in mark.args if isinstance(word, ast.Constant))


def _cell(places: set[str]) -> str:
    return "<br>".join(f"`{place.removeprefix('tests/')}`" for place in sorted(places))
