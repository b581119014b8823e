"""埋错对照：逐个埋下 controls.toml 里的错，对应的守卫必须变红，否则守卫是摆设。"""

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.planting import ROOT, Outcome, PlantError, Tree, copied_tree

TABLE = ROOT / "tools" / "controls.toml"
FIELDS = frozenset({"fault", "guard", "file", "find", "replace", "append", "create", "lines"})


@dataclass(frozen=True)
class Control:
    """One planted fault (埋错): what is wrong, the file and its change, the guard that must turn red."""

    name: str
    fault: str
    guard: str
    file: str
    find: str = ""
    replace: str = ""
    append: str = ""
    create: str = ""
    lines: int = 0

    def text(self, tree: Tree) -> str:
        """The file's text with the fault in it; PlantError when the change does not fit the file."""
        if self.create or self.lines:
            if (tree.root / self.file).exists():
                raise PlantError(f"{self.file} 已经存在，不能新建")
            return self.create + "# 凑行\n" * self.lines
        if self.append:
            return (tree.root / self.file).read_text(encoding="utf-8") + self.append
        return tree.replaced(self.file, self.find, self.replace)


def load(path: Path = TABLE) -> list[Control]:
    """The table of faults; PlantError for an unknown field or a fault that changes nothing."""
    found = []
    for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if set(row) - FIELDS or not {"fault", "guard", "file"} <= set(row):
            raise PlantError(f"controls.toml 的 {name} 字段不合规")
        control = Control(name, **row)
        if not (control.create or control.lines or control.append or control.find != control.replace):
            raise PlantError(f"controls.toml 的 {name} 没有改动任何东西")
        found.append(control)
    return found


def judge(control: Control, tree: Tree, clean: dict[str, Outcome]) -> str | None:
    """None when the guard is green without the fault and red with it, else one sentence."""
    if control.guard not in clean:
        clean[control.guard] = tree.run(control.guard)
    if not clean[control.guard].green:
        return f"没埋错守卫就没通过：{clean[control.guard].said[-600:]}"
    try:
        with tree.changed(control.file, control.text(tree)):
            outcome = tree.run(control.guard)
    except PlantError as error:
        return f"埋不进去：{error}"
    if outcome.red:
        return None
    return "守卫没有变红" if outcome.green else f"守卫没能跑起来（{outcome.code}）：{outcome.said[-600:]}"


def main(argv: Sequence[str]) -> int:
    """Judge all faults, or those whose name starts with the word given; exit 1 when a guard stays green."""
    controls = [one for one in load() if not argv or one.name.startswith(tuple(argv))]
    if not controls:
        print("没有这样的埋错。", file=sys.stderr)
        return 2
    failed, clean = 0, dict[str, Outcome]()
    with copied_tree() as tree:
        for control in controls:
            problem = judge(control, tree, clean)
            failed += problem is not None
            print(f"{'红' if problem is None else '未通过'}  {control.name}：{control.fault}", flush=True)
            if problem:
                print(f"    {problem}", flush=True)
    print(f"埋错 {len(controls)} 个，守卫变红 {len(controls) - failed} 个。")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
