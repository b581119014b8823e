import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import is_migration, parsed, python, short, tracked

PRODUCT = python("gongdi")
CLOCKS = {"now", "utcnow", "today"}
CLOCK_OWNERS = {"datetime", "date", "timezone", "clock"}
SQL_CALLS = {"execute", "executemany", "raw", "copy", "SQL", "RunSQL", "RawSQL", "mogrify", "notify_sql"}


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield node


def offences(paths: list[Path], wrong: Callable[[ast.Call], bool]) -> list[str]:
    return [f"{short(path)}:{call.lineno}" for path in paths for call in calls(path) if wrong(call)]


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def owner_of(call: ast.Call) -> str:
    if not isinstance(call.func, ast.Attribute):
        return ""
    return ast.unparse(call.func.value).split(".")[-1]


def is_edge(path: Path) -> bool:
    """Where the clock may be read: gateways, commands, pages, the worker and the clock itself."""
    parts = set(path.with_suffix("").parts)
    return bool(parts & {"gateways", "cli", "web", "views", "forms", "worker", "tasks", "clock"})


def test_no_model_is_fetched_by_name() -> None:
    paths = [path for path in PRODUCT if not is_migration(path)]
    assert not offences(paths, lambda call: name_of(call) in {"get_model", "get_registered_model"})


def test_no_signal_receivers() -> None:
    wrong = re.compile(r"django\.(db\.models\.|core\.|contrib\.auth\.|)signals|import receiver\b|Signal\(")
    assert not [short(path) for path in PRODUCT if wrong.search(path.read_text(encoding="utf-8"))]


def test_the_clock_is_read_only_at_the_edge() -> None:
    inner = [path for path in PRODUCT if not is_edge(path) and not is_migration(path)]
    found = offences(inner, lambda call: name_of(call) in CLOCKS and owner_of(call) in CLOCK_OWNERS)
    assert not found, f"时钟应由调用者传入：{found}"


def test_clock_of_the_database_is_not_used_in_queries() -> None:
    found = [short(path) for path in PRODUCT if "functions import Now" in path.read_text(encoding="utf-8")]
    assert not found


def test_views_open_no_transaction() -> None:
    views = [
        path for path in PRODUCT if path.stem == "views" or "views" in path.parts or "pages" in path.parts
    ]
    assert not [short(path) for path in views if "atomic" in path.read_text(encoding="utf-8")]


def is_built_text(node: ast.expr) -> bool:
    """An f-string with a hole, text % values, or text.format(...): SQL built by hand."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        texts = (ast.JoinedStr, ast.Constant)
        return isinstance(node.op, (ast.Mod, ast.Add)) and isinstance(node.left, texts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "format" and isinstance(node.func.value, ast.Constant)
    return False


def test_no_sql_is_built_from_text() -> None:
    def wrong(call: ast.Call) -> bool:
        return name_of(call) in SQL_CALLS and any(is_built_text(argument) for argument in call.args[:1])

    assert not offences([*PRODUCT, *python("tools")], wrong)


def test_models_have_no_verbs() -> None:
    models = [path for path in PRODUCT if path.stem == "models" or "models" in path.parts]
    wrong = [
        f"{short(path)}:{node.lineno}"
        for path in models
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete", "clean"}
    ]
    assert not wrong


FORBIDDEN_TEXT = {
    "软件包登记处的地址": r"pypi\.(?:org|python)|pythonhosted|registry\.npm|index-url|proxy\.golang|mirrors?\.(?!md)[a-z]",
    "本机路径": r"(?<![\w.])/work/|/home/[a-z]+/|/tmp/bash_jobs",
}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".txt",
    ".yaml",
    ".yml",
    ".json",
    ".html",
    ".js",
    ".css",
    ".sql",
    ".sh",
    "",
}


@pytest.mark.parametrize("what", sorted(FORBIDDEN_TEXT))
def test_repository_says_nothing_of_the_machine_it_was_written_on(what: str) -> None:
    pattern = re.compile(FORBIDDEN_TEXT[what])
    here = Path(__file__).name
    found = [
        f"{short(path)}: {match[0]}"
        for path in tracked()
        if path.suffix in TEXT and path.name != here
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert not found, f"{what}：{found}"
