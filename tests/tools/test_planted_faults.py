"""埋错只动副本：原树不变，守卫在副本里跑，崩溃和空收集都不算变红。"""

from pathlib import Path

import pytest

from tools.controls import Control, load, main
from tools.planting import ROOT, Outcome, PlantError, Tree, copied_tree

RUNNING = {
    "a.py": "VALUE = 1\n",
    "test_a.py": "from a import VALUE\n\n\ndef test_a():\n    assert VALUE == 1\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small source tree with what must not be copied."""
    folder = tmp_path / "source"
    for name, text in {
        **RUNNING,
        ".venv/x": "",
        ".git/x": "",
        "var/secrets.json": "{}",
        "b/__pycache__/x": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    return folder


def test_a_copy_holds_the_sources_and_nothing_of_the_running_system(source: Path) -> None:
    with copied_tree(source) as tree:
        names = {path.relative_to(tree.root).as_posix() for path in tree.root.rglob("*") if path.is_file()}
        assert names == {"a.py", "test_a.py", "pytest.ini"}
        kept = tree.root
    assert not kept.exists()


@pytest.mark.parametrize(("text", "red"), [("VALUE = 2\n", True), ("import no_such_module\n", False)])
def test_a_guard_is_red_only_when_a_test_failed(source: Path, text: str, red: bool) -> None:
    with copied_tree(source) as tree, tree.changed("a.py", text):
        outcome = tree.run("pytest test_a.py")
    assert (outcome.green, outcome.red) == (False, red)


def test_an_empty_collection_is_not_red(source: Path) -> None:
    with copied_tree(source) as tree:
        outcome = tree.run("pytest test_a.py -k nothing")
    assert not outcome.green
    assert not outcome.red


def test_a_file_comes_back_byte_for_byte_even_after_an_error(source: Path) -> None:
    tree = Tree(source)
    before = (source / "a.py").read_bytes()
    with pytest.raises(ZeroDivisionError), tree.changed("a.py", "VALUE = 2\r\n"):
        raise ZeroDivisionError
    assert (source / "a.py").read_bytes() == before


def test_a_missing_file_cannot_be_changed(source: Path) -> None:
    with pytest.raises(PlantError, match=r"没有文件 no\.py"):
        Tree(source).replaced("no.py", "a", "b")


@pytest.mark.parametrize(
    "change",
    [{"create": "x"}, {"lines": 3}],
)
def test_a_new_file_must_be_new(source: Path, change: dict[str, object]) -> None:
    control = Control("probe", "试埋", "pytest x", "a.py", **change)  # type: ignore[arg-type]
    with pytest.raises(PlantError, match="已经存在"):
        control.text(Tree(source))


def test_an_appended_fault_keeps_what_was_there(source: Path) -> None:
    control = Control("probe", "试埋", "pytest x", "a.py", append="OTHER = 2\n")
    assert control.text(Tree(source)) == "VALUE = 1\nOTHER = 2\n"


@pytest.mark.parametrize(
    "row",
    ['fault = "甲"\nguard = "pytest x"', 'fault = "甲"\nfile = "a.py"\nguard = "pytest x"\nfnd = "x"'],
)
def test_a_row_with_a_wrong_or_missing_field_is_refused(tmp_path: Path, row: str) -> None:
    table = tmp_path / "controls.toml"
    table.write_text(f"[probe]\n{row}\n", encoding="utf-8")
    with pytest.raises(PlantError, match="字段不合规"):
        load(table)


def test_an_unknown_name_is_no_green_control(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-control"]) == 2
    assert "没有" in capsys.readouterr().err


@pytest.mark.parametrize("control", load(), ids=lambda control: control.name)
def test_every_fault_still_fits_the_sources(control: Control) -> None:
    """Without running a guard: the text to be replaced stands there once, the new file is new."""
    assert control.text(Tree(ROOT)) != ""
    if control.find:
        assert control.text(Tree(ROOT)) != (ROOT / control.file).read_text("utf-8")


def test_red_is_exit_code_one_alone() -> None:
    assert [Outcome(code, "").red for code in (0, 1, 2, 4, 5, -9)] == [
        False,
        True,
        False,
        False,
        False,
        False,
    ]
