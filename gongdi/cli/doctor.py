"""体检：不启动任何服务，逐项检查本机能不能好好运行这个系统。"""

import ctypes
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gongdi.cli.launcher import instance, ports, postgres
from gongdi.cli.launcher.binaries import find_binaries
from gongdi.cli.launcher.children import run_as
from gongdi.cli.launcher.place import find_place
from gongdi.config.load import Config, ConfigError, load
from gongdi.config.secrets import SECRET_NAMES

FREE_BYTES = 2_000_000_000
EARLIEST = 1_767_225_600.0  # 2026-01-01T00:00Z, older than this system
_DAY = 86_400.0
_UNSYNCHRONISED = 0x40
_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
_CHINESE_FONTS = ("*CJK*", "*NotoSansSC*", "wqy*", "*SourceHan*", "uming*", "ukai*", "DroidSansFallback*")
_PRIVATE_FILES = ("secrets.json", "demo-accounts.json", "first-account.json")


@dataclass(frozen=True)
class Finding:
    """Result of one check: whether it passed, what was seen, and what to do when it failed."""

    passed: bool
    seen: str
    remedy: str = ""


def run(argv: Sequence[str]) -> int:
    """Print one line per check; 1 when one failed. Starts nothing and writes nothing."""
    if argv:
        raise ConfigError("用法：gongdi doctor [--data DIR]")
    config = load(os.environ)
    failed = 0
    for name, check in CHECKS:
        finding = _guarded(check, config)
        failed += not finding.passed
        remedy = f"；解决：{finding.remedy}" if finding.remedy else ""
        print(f"{'正常' if finding.passed else '不过'}  {name}：{finding.seen}{remedy}")
    return 1 if failed else 0


def check_python(config: Config) -> Finding:
    """Python 3.11 or newer, in the environment that holds the dependencies."""
    seen = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}（{sys.executable}）"
    return Finding(sys.version_info >= (3, 11), seen, "")


def check_ports(config: Config) -> Finding:
    """Every port is free, or used by the running system of this very data directory."""
    numbers = "、".join(f"{port.purpose} {port.number}" for port in ports.ports_of(config))
    if instance.is_running(config.data):
        return Finding(True, f"{numbers}，本系统正在运行")
    try:
        ports.check(config)
    except ConfigError as error:
        return Finding(False, str(error), "停掉占用端口的程序，或换一个端口")
    return Finding(True, f"{numbers} 空闲")


def check_clock(config: Config) -> Finding:
    """The clock is plausible and has not jumped back behind the files of the data directory."""
    now = time.time()
    newest = max((path.stat().st_mtime for path in _existing(config.data)), default=EARLIEST)
    shown = time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(now))
    if now < max(EARLIEST, newest - _DAY):
        return Finding(False, f"{shown}，比数据目录里的文件还早", "校准系统时间后再启动")
    hint = "，未与时间服务器同步（建议启用 NTP）" if _unsynchronised() else ""
    return Finding(True, shown + hint)


def check_disk(config: Config) -> Finding:
    """At least 2 GB are free where the data directory is or will be."""
    folder = next(path for path in (config.data, *config.data.parents) if path.exists())
    usage = shutil.disk_usage(folder)
    seen = f"{folder} 可用 {usage.free / 1e9:.1f} GB，共 {usage.total / 1e9:.1f} GB"
    if usage.free < FREE_BYTES:
        return Finding(False, seen, "清理磁盘，或用变量 DATA 换到更大的磁盘")
    return Finding(True, seen)


def check_fonts(config: Config) -> Finding:
    """Chinese fonts of this machine: pages use those of the reader's machine, screenshots those of this one."""
    for folder in _FONT_FOLDERS:
        for pattern in _CHINESE_FONTS if folder.is_dir() else ():
            found = next(folder.rglob(pattern), None)
            if found is not None:
                return Finding(True, f"有中文字体 {found.name}")
    return Finding(True, "没有中文字体，只影响在本机截图（可安装 fonts-noto-cjk）")


def check_database(config: Config) -> Finding:
    """A commit is on disk before it is answered: fsync, synchronous_commit, full_page_writes are on."""
    if config.database_url:
        return Finding(True, "由 DATABASE_URL 提供，启动时检查 fsync、synchronous_commit、full_page_writes")
    place = find_place(config.data, None) if (config.data / "id").exists() else None
    if place is None or not place.cluster.is_dir():
        binaries = find_binaries()
        planned = "、".join(f"{name}={postgres.SETTINGS[name]}" for name in postgres.DURABLE)
        return Finding(True, f"尚未建库，将用 PostgreSQL {binaries.major}（{binaries.source}），{planned}")
    binaries = find_binaries(postgres.cluster_major(place.cluster))
    copied = binaries.copied_to(place.home / f"bin-{binaries.major}").program("postgres")
    program = copied if copied.exists() else binaries.program("postgres")
    values = {}
    for name in postgres.DURABLE:
        done = run_as(place.account, [program, "-D", place.cluster, "-C", name])
        values[name] = done.stdout.strip() or "?"
    seen = f"PostgreSQL {binaries.major}，" + "、".join(f"{name}={value}" for name, value in values.items())
    if any(value != "on" for value in values.values()):
        return Finding(False, seen, f"删除 {place.cluster}/postgresql.auto.conf 里的这些设置，再重新启动")
    return Finding(True, seen)


def check_secrets(config: Config) -> Finding:
    """Every secret exists and only its owner may read it."""
    if not (config.data / "secrets.json").exists():
        return Finding(True, "尚未生成，第一次启动时随机生成")
    for path in (config.data / name for name in _PRIVATE_FILES):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            return Finding(False, f"{path} 的权限过宽", f"运行 chmod 600 {path}")
    for name in SECRET_NAMES:
        config.secret(name)
    return Finding(True, f"{len(SECRET_NAMES)} 个，只有属主可读")


CHECKS: tuple[tuple[str, Callable[[Config], Finding]], ...] = (
    ("Python", check_python),
    ("端口", check_ports),
    ("时钟", check_clock),
    ("磁盘", check_disk),
    ("字体", check_fonts),
    ("数据库", check_database),
    ("密钥", check_secrets),
)


def _guarded(check: Callable[[Config], Finding], config: Config) -> Finding:
    try:
        return check(config)
    except ConfigError as error:
        return Finding(False, str(error))
    except OSError as error:
        return Finding(False, f"{error.filename} 无法读取（{error.strerror}）", "用启动系统的那个用户运行")


def _existing(data: Path) -> list[Path]:
    return [path for name in ("secrets.json", "runtime.json", "log") if (path := data / name).exists()]


def _unsynchronised() -> bool:
    """Ask the kernel (adjtimex) whether the clock is kept by a time server; False when it does not tell."""
    buffer = ctypes.create_string_buffer(256)
    try:
        code = ctypes.CDLL(None).adjtimex(buffer)
    except (AttributeError, OSError):
        return False
    status = int.from_bytes(buffer.raw[40:44], sys.byteorder)
    return code == 5 or bool(status & _UNSYNCHRONISED)
