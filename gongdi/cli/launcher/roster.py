"""名册：系统由哪些进程组成，第一次启动要做哪些步骤。"""

import importlib.util
import json
import os
import subprocess
import sys
from collections import deque
from pathlib import Path

from gongdi.cli.launcher import ports
from gongdi.cli.launcher.children import Spawn, start
from gongdi.cli.launcher.place import Say
from gongdi.cli.launcher.supervisor import Child
from gongdi.config.load import Config, ConfigError

WEB_PROCESSES = 2
LOG_LIMIT = 20_000_000


def exists(module: str) -> bool:
    """Say whether a module of the system is part of this version."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def children(config: Config) -> list[Child]:
    """Return the processes beside the database, not started yet; the web processes share one socket."""
    held = ports.bind(config.host, ports.ports_of(config)[0])
    fd = held.detach()
    web = [_child(config, "web", ["--fd", str(fd)], f" {n + 1}", (fd,)) for n in range(WEB_PROCESSES)]
    others = []
    if exists("gongdi.gateways.dust"):
        others.append(_child(config, "gateway", ["dust"]))
    if exists("gongdi.web.worker"):
        others.append(_child(config, "worker", []))
    if config.demo and exists("gongdi.cli.simulate"):
        others.append(_child(config, "simulate", []))
    return [*web, *others]


def run_step(config: Config, words: list[str], what: str, say: Say) -> None:
    """Run one `gongdi …` step to its end, its lines shown; ConfigError with its last lines when it fails."""
    tail: deque[str] = deque(maxlen=3)
    command = [*_gongdi(), *words]
    with subprocess.Popen(
        command,
        env=_environ(config),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            for line in process.stdout or ():
                tail.append(line.strip())
                say("  " + line.rstrip())
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise ConfigError(f"{what}没有成功：{' '.join(tail) or '没有输出'}")


def accounts(config: Config) -> list[dict[str, str]]:
    """Return the accounts to show: those of the demo, or the first account of an empty system."""
    for name in ("demo-accounts.json", "first-account.json"):
        path = config.data / name
        if path.exists():
            found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
            return found
    return []


def is_loaded(config: Config) -> bool:
    """Say whether the first load of this data directory is complete."""
    return _loaded(config) != ""


def mark_loaded(config: Config) -> None:
    """Remember that the first load is complete, and of which kind it was."""
    (config.data / "loaded").write_text("demo" if config.demo else "empty", encoding="ascii")


def refuse_mixing(config: Config) -> None:
    """Never let a demo start on the data of a real system."""
    if config.demo and _loaded(config) == "empty":
        raise ConfigError(f"数据目录 {config.data} 属于正式系统，不能用作演示；请设 DEMO=0，或换一个 DATA。")


def trim_logs(folder: Path) -> None:
    """Keep each log below its limit: its older half is dropped into NAME.1."""
    for path in folder.glob("*.log"):
        if path.stat().st_size > LOG_LIMIT:
            path.with_name(path.name + ".1").write_bytes(path.read_bytes())
            os.truncate(path, 0)


def _loaded(config: Config) -> str:
    try:
        return (config.data / "loaded").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _child(
    config: Config, command: str, words: list[str], suffix: str = "", pass_fds: tuple[int, ...] = ()
) -> Child:
    role = " ".join(["gongdi", command, *(word for word in words if word.isalpha())])
    log = config.data / "log" / f"{role.removeprefix('gongdi ').replace(' ', '-')}.log"

    def launch() -> "subprocess.Popen[bytes]":
        with log.open("ab") as output:
            how = Spawn(environ=_environ(config), output=output, pass_fds=pass_fds)
            return start([*_gongdi(), command, *words], how)

    return Child(role + suffix, launch)


def _gongdi() -> list[str]:
    """The command as installed beside this Python, so that command lines read `gongdi web`."""
    script = Path(sys.executable).with_name("gongdi")
    return [sys.executable, str(script)] if script.exists() else [sys.executable, "-m", "gongdi.cli.main"]


def _environ(config: Config) -> dict[str, str]:
    return {
        **config.environ,
        "DATA": str(config.data),
        "PORT": str(config.port),
        "DEMO": "1" if config.demo else "0",
        "GONGDI_HJ212_PORT": str(config.hj212_port),
        "GONGDI_HOST": config.host,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
