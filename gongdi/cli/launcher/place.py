"""安放：决定数据库文件放在哪里、用哪个系统账号运行。"""

import os
import pwd
import secrets
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gongdi.cli.launcher.binaries import Binaries
from gongdi.cli.launcher.children import SELF, Account, run_as
from gongdi.config.load import ConfigError

STATE_ROOT = Path("/var/lib/gongdi")
CLUSTER = "cluster"
_SOCKET_LIMIT = 100
_UNPRIVILEGED = ("postgres", "nobody")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where one cluster lives: `home` (0700, owned by `account`) and whether it is outside the data directory."""

    home: Path
    account: Account
    outside: bool

    @property
    def cluster(self) -> Path:
        return self.home / CLUSTER


def make_data(data: Path) -> None:
    """Create the data directory (数据目录); only a directory made here gets a mode (0711)."""
    try:
        if not data.is_dir():
            data.mkdir(parents=True)
            data.chmod(0o711)
        identity = data / "id"
        if not identity.exists():
            identity.write_text(secrets.token_hex(6) + "\n", encoding="ascii")
    except OSError as error:
        raise ConfigError(
            f"数据目录 {data} 无法使用（{error.strerror}），请换一个目录（变量 DATA）。"
        ) from None


def find_place(data: Path, binaries: Binaries | None, state_root: Path = STATE_ROOT) -> Place:
    """Decide home and account of the cluster of `data`; an existing cluster decides by its place and owner.

    Root never runs PostgreSQL: it uses an existing unprivileged account, and a state directory of its own when
    that account cannot reach the data directory or the binaries.
    """
    inside = data / "postgres"
    outside = state_root / (data / "id").read_text(encoding="ascii").strip()
    if os.geteuid() != 0:
        return Place(_own(inside), SELF, outside=False)
    if (inside / CLUSTER).is_dir():
        return Place(inside, _owner_of(inside), outside=False)
    if (outside / CLUSTER).is_dir():
        return Place(outside, _owner_of(outside), outside=True)
    account = _unprivileged()
    if binaries is not None and reaches(account, data) and _reaches_binaries(account, binaries):
        return Place(inside, account, outside=False)
    return Place(outside, account, outside=True)


def prepare_home(place: Place) -> None:
    """Create the home of the cluster, 0700 and owned by its account; existing folders are left as they are."""
    if place.home.is_dir():
        return
    try:
        place.home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        place.home.mkdir(mode=0o700)
        if place.account.uid is not None and place.account.gid is not None:
            os.chown(place.home, place.account.uid, place.account.gid, follow_symlinks=False)
    except OSError as error:
        raise ConfigError(f"无法建立数据库目录 {place.home}（{error.strerror}）。") from None


def place_binaries(place: Place, binaries: Binaries, say: Say) -> Binaries:
    """Return binaries the account can run, copied into the home of the cluster when they are out of its reach."""
    if not place.account.other or _reaches_binaries(place.account, binaries):
        return binaries
    target = place.home / f"bin-{binaries.major}"
    mark = target / "copied-from"
    original = binaries.program("postgres").stat()
    wanted = f"{binaries.major} {original.st_size} {int(original.st_mtime)}"
    copied = binaries.copied_to(target)
    if mark.is_file() and mark.read_text(encoding="ascii").strip() == wanted:
        return copied
    say(f"账号 {place.account.name} 读不到 {binaries.prefix}，把 PostgreSQL 程序复制到 {target}")
    _copy_tree(place.account, binaries, target)
    write_as(place.account, mark, wanted + "\n")
    return copied


def socket_folder(place: Place) -> Path:
    """Return a private (0700) socket directory whose socket path stays below the limit of 100 bytes."""
    folder = place.home / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) >= _SOCKET_LIMIT:
        uid = place.account.uid if place.account.uid is not None else os.geteuid()
        folder = Path("/tmp") / f"gongdi-{uid}-{_short_name(place.home)}"
    run_as(place.account, ["mkdir", "-m", "700", "-p", folder])
    found = folder.lstat() if folder.exists() else None
    uid = place.account.uid if place.account.uid is not None else os.geteuid()
    if found is None or not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise ConfigError(f"数据库的套接字目录 {folder} 不安全或无法建立，请删除它后重试。")
    return folder


def write_as(account: Account, path: Path, text: str) -> None:
    """Replace a file as the account itself (root follows no link that the account may have planted)."""
    script = 'umask 077; cat > "$1.new" && mv -f "$1.new" "$1"'
    done = run_as(account, ["/bin/sh", "-c", script, "sh", path], given=text)
    if done.returncode != 0:
        raise ConfigError(f"无法写入 {path}：{done.stderr.strip()}。")


def reaches(account: Account, folder: Path) -> bool:
    """Say whether an account may pass through a folder."""
    return run_as(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", folder]).returncode == 0


def _reaches_binaries(account: Account, binaries: Binaries) -> bool:
    script = 'test -x "$1/bin/postgres" && test -x "$1/bin/initdb" && "$1/bin/initdb" --version'
    return run_as(account, ["/bin/sh", "-c", script, "sh", binaries.prefix]).returncode == 0


def _own(home: Path) -> Path:
    if home.exists() and home.stat().st_uid != os.geteuid():
        raise ConfigError(
            f"{home} 属于另一个系统用户，请用那个用户（或 root）启动，或换一个数据目录（变量 DATA）。"
        )
    return home


def _owner_of(home: Path) -> Account:
    found = home.stat()
    if found.st_uid == 0:
        raise ConfigError(
            f"{home} 的属主是 root，PostgreSQL 不能以 root 运行；请换一个数据目录（变量 DATA）。"
        )
    try:
        name = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        name = str(found.st_uid)
    return Account(found.st_uid, found.st_gid, name)


def _unprivileged() -> Account:
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, name)
    raise ConfigError("系统里没有 postgres 或 nobody 账号，请改用普通用户运行。")


def _short_name(home: Path) -> str:
    found = home.stat()
    return f"{found.st_dev:x}-{found.st_ino:x}"


def _copy_tree(account: Account, binaries: Binaries, target: Path) -> None:
    fresh = target.with_name(target.name + ".new")
    run_as(account, ["rm", "-rf", fresh, target])
    run_as(account, ["mkdir", "-m", "700", fresh])
    command = ["tar", "-C", str(binaries.base), "-cf", "-", *binaries.parts()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as pack:
        unpack = subprocess.run(
            ["tar", "-C", str(fresh), "-xf", "-"],
            stdin=pack.stdout,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            umask=0o077,
        )
    if (
        pack.returncode != 0
        or unpack.returncode != 0
        or run_as(account, ["mv", fresh, target]).returncode != 0
    ):
        raise ConfigError(f"无法把 PostgreSQL 程序复制到 {target}，请检查磁盘空间。")
