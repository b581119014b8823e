"""关口：提交前和持续集成用的同一套检查，全部跑完，有一项不过就算不过。"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


@dataclass(frozen=True)
class Step:
    """One check: its name and its command line (run in the project's folder)."""

    name: str
    command: tuple[str, ...]
    beside: tuple[str, ...] = ()
    """A second command line run at the same time; its output follows that of the first."""


def tool(name: str, *words: str) -> tuple[str, ...]:
    """Command line of a tool installed in .venv."""
    return (sys.executable, str(BIN / name), *words)


def django(*words: str) -> tuple[str, ...]:
    """Command line of a Django management command that needs no running system."""
    return (sys.executable, "-W", "ignore::RuntimeWarning", "-m", "django", *words)


FIRST_HALF = (
    "api", "architecture", "authz", "boards", "cli", "config", "demo", "desk", "equipment", "flows",
)  # fmt: skip
"""Folders of tests run by one process; all others, new ones too, by a second beside it: two cores, two processes."""
PYTEST = ("pytest", "-q", "-m", "not deep")
STEPS = (
    Step("ruff check", (str(BIN / "ruff"), "check", "--quiet")),
    Step("ruff format", (str(BIN / "ruff"), "format", "--check", "--quiet")),
    Step("lint-imports", tool("lint-imports")),
    Step("mypy", tool("mypy")),
    Step("django check", django("check", "--fail-level", "WARNING")),
    Step("makemigrations", django("makemigrations", "--check", "--dry-run")),
    # Only its lint: the formatter moves blanks between inline elements, which changes what is drawn.
    Step("djlint", tool("djlint", "--lint", "--quiet", "gongdi")),
    Step(
        "pytest",
        tool(*PYTEST, *(f"tests/{name}" for name in FIRST_HALF)),
        tool(*PYTEST, "tests", *(f"--ignore=tests/{name}" for name in FIRST_HALF)),
    ),
)


DJANGO = {"DJANGO_SETTINGS_MODULE": "gongdi.web.settings", "GONGDI_DB_ROLE": "owner"}


def main(words: list[str]) -> int:
    """Run all steps (or those named) and print a table of results; 1 when one failed."""
    known = {step.name for step in STEPS}
    if unknown := set(words) - known:
        print(
            f"没有这一步：{'、'.join(sorted(unknown))}。可用的有：{'、'.join(step.name for step in STEPS)}",
            file=sys.stderr,
        )
        return 2
    steps = [step for step in STEPS if not words or step.name in words]
    results = []
    with tempfile.TemporaryDirectory(prefix="gongdi-gate-") as empty:
        environ = {**os.environ, "PYTHONUTF8": "1"}
        # pytest-django would read the settings too early, before the tests have a data directory.
        for name in ("PORT", "DEMO", "DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
            environ.pop(name, None)
        for step in steps:
            print(f"== {step.name}", flush=True)
            started = time.monotonic()
            special = {**DJANGO, "DATA": empty} if "django" in step.command else {}
            code = run(step, {**environ, **special})
            results.append((step.name, code, time.monotonic() - started))
    print("\n关口结果")
    for name, code, seconds in results:
        print(f"  {'通过' if code == 0 else '不过'}  {seconds:6.1f} s  {name}")
    return 1 if any(code for _, code, _ in results) else 0


def run(step: Step, environ: dict[str, str]) -> int:
    """Run one step, its second command beside the first; 0 when all passed."""
    codes: list[int] = []
    with tempfile.TemporaryFile() as spool:

        def second() -> None:
            done = subprocess.run(
                step.beside, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=spool,
                stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
            codes.append(done.returncode)

        beside = threading.Thread(target=second) if step.beside else None
        if beside is not None:
            beside.start()
        first = subprocess.run(step.command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, check=False)
        codes.append(first.returncode)
        if beside is not None:
            beside.join()
            spool.seek(0)
            sys.stdout.write(spool.read().decode(errors="replace"))
            sys.stdout.flush()
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
