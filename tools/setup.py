"""准备环境：建 .venv，按锁定文件装依赖，再装本系统；没有变化就跳过，装过之后不需要网络。

Run by the system's Python (`make setup`); uses the standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
NEEDED = (3, 11)
PIP = (str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
# Packages that some tests need: what shows that it is there, and the Debian package.
TEST_PACKAGES = {
    "chromium": "/usr/bin/chromium",
    "fonts-noto-cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
}


def main(words: list[str]) -> int:
    """Set up for running, or with --test for the tests too; returns the exit code."""
    if sys.version_info < NEEDED:
        return refuse("需要 Python 3.11 或更新的版本，请安装后用 make PYTHON=python3.11 重试。")
    test = "--test" in words
    if not make_venv():
        return 2
    lock = ROOT / ("requirements-test.lock" if test else "requirements.lock")
    if not install_locked(lock, test) or not install_itself():
        return 2
    if test:
        install_test_packages()
    return 0


def make_venv() -> bool:
    """Create .venv unless a working one is there; on bare Debian python3-venv is installed first, as root."""
    if VENV_PYTHON.exists() and run([VENV_PYTHON, "-c", "import pip"], quiet=True):
        return True
    if not has_ensurepip() and not (apt_install(["python3-venv"]) and has_ensurepip()):
        refuse("这个 Python 缺少 ensurepip，请先运行：sudo apt-get install python3-venv")
        return False
    say("建立 .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    if run([sys.executable, "-m", "venv", VENV]):
        return True
    refuse("建立 .venv 失败，请检查磁盘空间和目录权限。")
    return False


def install_locked(lock: Path, test: bool) -> bool:
    """Install the locked dependencies; the test lock contains everything of the other one."""
    stamps = {name: VENV / f".{name}.stamp" for name in ("requirements", "requirements-test")}
    wanted = {name: digest(ROOT / f"{name}.lock") for name in stamps}
    name = "requirements-test" if test else "requirements"
    if read(stamps[name]) == wanted[name]:
        return True
    say(f"安装依赖（{lock.name}，第一次约一分钟，需要网络）")
    if not run([*PIP, "--require-hashes", "-r", lock]):
        refuse("安装依赖失败，请检查网络（或公司的软件源设置）后重试。")
        return False
    for done in stamps if test else (name,):
        stamps[done].write_text(wanted[done], encoding="ascii")
    if not test:
        stamps["requirements-test"].unlink(missing_ok=True)
    return True


def install_itself() -> bool:
    """Install this system into .venv as an editable package; again only when pyproject or the place changed."""
    stamp = VENV / ".gongdi.stamp"
    wanted = f"{digest(ROOT / 'pyproject.toml')} {ROOT}"
    if read(stamp) == wanted and (VENV / "bin" / "gongdi").exists():
        return True
    say("安装本系统")
    if not run([*PIP, "--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT]):
        refuse("安装本系统失败，请删除 .venv 后重试。")
        return False
    stamp.write_text(wanted, encoding="utf-8")
    return True


def install_test_packages() -> None:
    """Install the system packages that some tests need when that is allowed; else those tests will skip."""
    missing = [package for package, shown in TEST_PACKAGES.items() if not Path(shown).exists()]
    if missing and not apt_install(missing):
        say(f"缺少系统软件包 {'、'.join(missing)}，用到它们的测试会跳过")


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages when this is root and apt is here."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        return False
    say(f"安装系统软件包 {'、'.join(packages)}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in ([apt, "update", "-qq"], install):
        done = subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
        )
    return done.returncode == 0


def has_ensurepip() -> bool:
    """Say whether this Python can make a venv with pip (bare Debian cannot)."""
    return run([sys.executable, "-c", "import ensurepip, venv"], quiet=True)


def run(command: Sequence[str | Path], quiet: bool = False) -> bool:
    """Run a command; True when it succeeded."""
    sink = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    return (
        subprocess.run(words, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False).returncode == 0
    )


def digest(path: Path) -> str:
    """Digest of a file and of the Python that installs it."""
    version = ".".join(map(str, sys.version_info[:2]))
    return hashlib.sha256(path.read_bytes() + version.encode()).hexdigest()


def read(path: Path) -> str:
    """Text of a file, empty when it is not there."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def say(sentence: str) -> None:
    """One line of progress."""
    print(sentence, flush=True)


def refuse(sentence: str) -> int:
    """One sentence on stderr, exit code 2."""
    print(sentence, file=sys.stderr, flush=True)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
