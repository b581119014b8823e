"""关口一项不漏、有一项不过就不过；深度测试可以中断再来，代码变了从头。"""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools import deep, gate

NEEDED = [
    "ruff check",
    "ruff format",
    "lint-imports",
    "mypy",
    "django check",
    "makemigrations",
    "djlint",
    "pytest",
]
RUNS = [step for step in gate.STEPS for _ in range(1 + bool(step.beside))]
"""A step with a second command beside it runs twice."""


@dataclass
class Shell:
    """Stands for subprocess.run: remembers the commands and gives the code of the first word that matches."""

    codes: dict[str, int] = field(default_factory=dict)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    environs: list[dict[str, str]] = field(default_factory=list)

    def run(self, command: Sequence[str], **how: Any) -> "subprocess.CompletedProcess[str]":
        words = tuple(map(str, command))
        self.commands.append(words)
        self.environs.append(dict(how.get("env") or {}))
        code = next((code for part, code in self.codes.items() if any(part in word for word in words)), 0)
        return subprocess.CompletedProcess(words, code, "", "")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    held = Shell()
    monkeypatch.setattr("tools.gate.subprocess.run", held.run)
    return held


def test_the_gate_holds_every_check_of_the_house() -> None:
    assert [step.name for step in gate.STEPS] == NEEDED
    commands = {step.name: " ".join(step.command) for step in gate.STEPS}
    assert "--check" in commands["ruff format"]
    assert "--check" in commands["makemigrations"]
    assert "--fail-level WARNING" in commands["django check"]
    assert "not deep" in commands["pytest"]


def test_all_green_is_zero_and_every_step_ran(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.main([]) == 0
    assert len(shell.commands) == len(RUNS)
    assert capsys.readouterr().out.count("通过") == len(gate.STEPS)


@pytest.mark.parametrize("broken", ["ruff", "lint-imports", "mypy", "makemigrations", "djlint", "pytest"])
def test_one_red_step_is_red_and_hides_no_other(
    shell: Shell, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    shell.codes = {broken: 1}
    assert gate.main([]) == 1
    assert len(shell.commands) == len(RUNS)
    assert "不过" in capsys.readouterr().out


def test_a_step_that_could_not_run_is_red(shell: Shell) -> None:
    shell.codes = {"mypy": 2}
    assert gate.main(["mypy"]) == 1


def test_named_steps_run_alone(shell: Shell) -> None:
    assert gate.main(["mypy", "djlint"]) == 0
    assert len(shell.commands) == 2


def test_an_unknown_step_is_no_green_gate(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.main(["mpy"]) == 2
    assert shell.commands == []
    assert "mpy" in capsys.readouterr().err


def test_the_gate_depends_on_no_variable_of_its_caller(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PORT", "1"), ("DEMO", "1"), ("DATABASE_URL", "postgresql://x/y"), ("DATA", "/x")):
        monkeypatch.setenv(name, value)
    gate.main([])
    for step, environ in zip(RUNS, shell.environs, strict=True):
        assert not {"PORT", "DEMO", "DATABASE_URL"} & environ.keys()
        if "django" in step.command:
            assert environ["DATA"] != "/x"
            assert environ["GONGDI_DB_ROLE"] == "owner"


# ------------------------------------------------------------ deep

TESTS = ["tests/a.py::test_one", "tests/a.py::test_two", "tests/b.py::test_three"]


@pytest.fixture
def run_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, list[str]]]:
    """Return the function (failing tests, words, version) -> exit code and the tests that were run."""
    monkeypatch.setattr(deep, "STATE", tmp_path / "build" / "deep.json")

    def run(
        failing: Sequence[str] = (), words: Sequence[str] = (), version: str = "v1"
    ) -> tuple[int, list[str]]:
        ran: list[str] = []

        def one(command: Sequence[str], **_how: Any) -> "subprocess.CompletedProcess[str]":
            ran.append(command[-1])
            return subprocess.CompletedProcess(command, int(command[-1] in failing))

        wanted = [test for test in TESTS if not words or any(word in test for word in words)]
        monkeypatch.setattr(deep, "collect", lambda _expression: wanted)
        monkeypatch.setattr(deep, "code_version", lambda: version)
        monkeypatch.setattr("tools.deep.subprocess.run", one)
        return deep.main(list(words)), ran

    return run


def test_what_passed_is_not_run_again_on_the_same_code(
    run_deep: Callable[..., tuple[int, list[str]]],
) -> None:
    assert run_deep() == (0, TESTS)
    assert run_deep() == (0, [])


def test_a_failed_test_is_run_again_and_the_others_are_not(
    run_deep: Callable[..., tuple[int, list[str]]],
) -> None:
    assert run_deep(failing=[TESTS[1]]) == (1, TESTS)
    assert run_deep(failing=[TESTS[1]]) == (1, [TESTS[1]])
    assert run_deep() == (0, [TESTS[1]])


def test_any_change_of_the_code_starts_over(run_deep: Callable[..., tuple[int, list[str]]]) -> None:
    assert run_deep()[0] == 0
    assert run_deep(version="v2") == (0, TESTS)
    assert run_deep(version="v1") == (0, TESTS)


def test_an_interruption_keeps_what_was_done(
    run_deep: Callable[..., tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_deep(words=["test_one"]) == (0, [TESTS[0]])
    kept = json.loads(deep.STATE.read_text("utf-8"))
    assert list(kept["passed"]) == [TESTS[0]]
    assert run_deep() == (0, TESTS[1:])


def test_a_choice_without_tests_is_no_success(
    run_deep: Callable[..., tuple[int, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_deep(words=["nothing"]) == (2, [])
    assert "没有" in capsys.readouterr().err


def test_the_version_is_that_of_every_file_git_would_add(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.setattr(deep, "ROOT", tmp_path)
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "a.py").write_text("x = 1\n")
    first = deep.code_version()
    assert deep.code_version() == first
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "out").write_text("ignored")
    assert deep.code_version() == first
    (tmp_path / "新.py").write_text("y = 1\n")
    second = deep.code_version()
    (tmp_path / "a.py").write_text("x = 2\n")
    assert len({first, second, deep.code_version()}) == 3
