"""读源码树：架构测试共用的文件清单和代码行数。"""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that belongs to the repository, new ones included; without git, the whole tree."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        skipped = {".venv", ".git", "var", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
        found = (path for path in ROOT.rglob("*") if not skipped.intersection(path.parts))
    else:
        found = (ROOT / name for name in done.stdout.decode().split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


def python(*folders: str) -> list[Path]:
    """The Python files below these folders of the repository."""
    wanted = tuple(ROOT / folder for folder in folders)
    return [p for p in tracked() if p.suffix == ".py" and any(folder in p.parents for folder in wanted)]


def short(path: Path) -> str:
    """The path as seen from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def is_migration(path: Path) -> bool:
    """Whether the file is a Django migration."""
    return "migrations" in path.parts


def docstring_lines(node: ast.AST) -> set[int]:
    """The line numbers taken by the docstring of a module, class or function."""
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    value = first.value if isinstance(first, ast.Expr) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return set(range(value.lineno, (value.end_lineno or 0) + 1))
    return set()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def code_lines(path: Path) -> int:
    """Lines that are neither blank, comment nor docstring."""
    prose: set[int] = set()
    for node in ast.walk(parsed(path)):
        prose |= docstring_lines(node)
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and n not in prose for n, line in lines
    )
