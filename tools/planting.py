"""在源码树的副本里埋错：改一个文件，跑守卫，再改回来；原树一个字节也不动。"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", "var", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
)
TIMEOUT = 300


class PlantError(Exception):
    """埋错说明与源码对不上。"""


@dataclass(frozen=True)
class Outcome:
    """Exit code of a guard and the tail of what it printed."""

    code: int
    said: str

    @property
    def green(self) -> bool:
        """The guard found nothing."""
        return self.code == 0

    @property
    def red(self) -> bool:
        """The guard ran and found something; a crash or an empty collection is not red."""
        return self.code == 1


@dataclass(frozen=True)
class Tree:
    """A copy of the source tree in which faults may be planted."""

    root: Path

    @contextmanager
    def changed(self, name: str, text: str) -> Iterator[None]:
        """Write `text` into the file `name` for the time of the block; a new file goes again after it."""
        path = self.root / name
        before = path.read_bytes() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            if before is None:
                path.unlink()
            else:
                path.write_bytes(before)

    def replaced(self, name: str, find: str, replace: str) -> str:
        """The text of a file with `find`, which must stand there exactly once, replaced."""
        path = self.root / name
        if not path.exists():
            raise PlantError(f"没有文件 {name}")
        text = path.read_text(encoding="utf-8")
        if text.count(find) != 1:
            raise PlantError(f"{name} 里有 {text.count(find)} 处“{find.strip()[:60]}”，应恰好一处")
        return text.replace(find, replace)

    def run(self, guard: str) -> Outcome:
        """Run a guard (`lint-imports`, or `pytest …`) on the copy."""
        words = guard.split()
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *words[1:]]
        if words[0] == "lint-imports":
            command = [sys.executable, str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
        environ = os.environ | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=self.root, env=environ, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        return Outcome(done.returncode, (done.stdout + done.stderr)[-2000:])


@contextmanager
def copied_tree(source: Path = ROOT) -> Iterator[Tree]:
    """A copy of the source tree, gone after the block."""
    with tempfile.TemporaryDirectory(prefix="gongdi-plant-") as folder:
        # The cluster of the tests runs as another account than root and must be able to pass through.
        Path(folder).chmod(0o711)
        target = Path(folder) / "tree"
        shutil.copytree(source, target, ignore=LEFT_OUT)
        yield Tree(target)
