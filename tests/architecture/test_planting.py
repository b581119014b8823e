from pathlib import Path

import pytest

from tools.clauses_proof import break_functions
from tools.controls import Control, judge, load
from tools.planting import Outcome, PlantError, Tree


def plant(tmp_path: Path, find: str, replace: str) -> tuple[Control, Tree]:
    (tmp_path / "a.py").write_text("x = 1\ny = 1\n", encoding="utf-8")
    return Control("probe", "试埋", "pytest nothing", "a.py", find=find, replace=replace), Tree(tmp_path)


class Guard(Tree):
    """A tree whose guard is red as soon as a.py says x = 2."""

    def run(self, guard: str) -> Outcome:
        wrong = "x = 2" in (self.root / "a.py").read_text(encoding="utf-8")
        return Outcome(int(wrong), "")


class Blind(Tree):
    """A tree whose guard never sees anything."""

    def run(self, guard: str) -> Outcome:
        return Outcome(0, "")


class Broken(Tree):
    """A tree whose guard cannot run once a file changed."""

    def run(self, guard: str) -> Outcome:
        wrong = "x = 2" in (self.root / "a.py").read_text(encoding="utf-8")
        return Outcome(2 if wrong else 0, "ImportError")


def test_a_red_guard_is_accepted_and_the_file_restored(tmp_path: Path) -> None:
    control, _ = plant(tmp_path, find="x = 1", replace="x = 2")
    assert judge(control, Guard(tmp_path), {}) is None
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "x = 1\ny = 1\n"


def test_a_guard_that_stays_green_or_cannot_run_is_reported(tmp_path: Path) -> None:
    control, _ = plant(tmp_path, find="x = 1", replace="x = 2")
    assert judge(control, Blind(tmp_path), {}) == "守卫没有变红"
    assert str(judge(control, Broken(tmp_path), {})).startswith("守卫没能跑起来")


def test_a_guard_that_is_red_from_the_start_proves_nothing(tmp_path: Path) -> None:
    control, _ = plant(tmp_path, find="x = 1", replace="x = 3")
    (tmp_path / "a.py").write_text("x = 2\n", encoding="utf-8")
    assert str(judge(control, Guard(tmp_path), {})).startswith("没埋错守卫就没通过")


@pytest.mark.parametrize("find", ["z = 1", " = 1"])
def test_a_change_must_fit_exactly_once(tmp_path: Path, find: str) -> None:
    control, tree = plant(tmp_path, find=find, replace="?")
    with pytest.raises(PlantError, match="应恰好一处"):
        control.text(tree)


def test_a_planted_new_file_goes_again(tmp_path: Path) -> None:
    with Tree(tmp_path).changed("deep/er/b.py", "x"):
        assert (tmp_path / "deep/er/b.py").exists()
    assert not (tmp_path / "deep/er/b.py").exists()


def test_every_fault_of_the_table_names_an_existing_guard() -> None:
    root = Path(__file__).parents[2]
    for control in load():
        files = [word.partition("::")[0] for word in control.guard.split()[1:]]
        assert control.guard == "lint-imports" or files
        assert all((root / name).exists() for name in files), control.name


def test_a_fault_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "controls.toml"
    table.write_text('[empty]\nfault = "无"\nguard = "lint-imports"\nfile = "a.py"\n', encoding="utf-8")
    with pytest.raises(PlantError, match="没有改动"):
        load(table)


def test_only_the_functions_that_cite_the_clause_are_broken() -> None:
    source = 'def a() -> int:\n    """依据: 379-1.a"""\n    return 1\n\n\ndef b() -> int:\n    return 2\n'
    broken = break_functions(source, "379-1.a")
    assert broken.count("RuntimeError") == 1
    assert "return 2" in broken
    assert break_functions('"""依据: 379-1.a"""\n' + source, "379-1.a").count("RuntimeError") == 2
    assert "RuntimeError" not in break_functions(source, "379-1.b")
