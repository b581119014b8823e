"""启动器：一条命令把数据库、网页、网关、后台任务和模拟设备全部带起来。"""

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from types import FrameType

from gongdi.cli.arguments import Parser
from gongdi.cli.launcher import instance, ports, postgres, roles, roster
from gongdi.cli.launcher.migrations import fingerprint
from gongdi.cli.launcher.place import make_data
from gongdi.cli.launcher.supervisor import Child, Supervisor
from gongdi.config.load import Config, ConfigError, load

READY_SECONDS = 180.0
STOP_CHILDREN_SECONDS = 4.0
STOP_DATABASE_SECONDS = 4.0


class Stopped(BaseException):
    """SIGINT or SIGTERM arrived while the system was still starting."""


def run(argv: Sequence[str]) -> int:
    """Run everything in the foreground until SIGINT or SIGTERM; 2 when it cannot start, one sentence why."""
    parser = Parser(prog="gongdi up", description="启动整个系统")
    parser.add_argument("--demo", action="store_true", help="演示系统（同 DEMO=1）")
    parser.add_argument("--port", metavar="N", help="网页端口（同 PORT）")
    options = parser.parse_args(argv)
    if options.demo:
        os.environ["DEMO"] = "1"
    if options.port:
        os.environ["PORT"] = options.port
    try:
        return Launcher(load(os.environ)).run()
    except OSError as error:
        raise ConfigError(f"启动失败：{error.filename or '系统资源'} {error.strerror or error}。") from None


def say(sentence: str) -> None:
    """Print one line at once, also into a pipe."""
    print(sentence, flush=True)


class Launcher:
    """One run of the system."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.stopping = False
        self.ready = False
        self.supervisor = Supervisor(say, lambda pids: instance.remember(config.data, pids))
        self.cluster: postgres.Cluster | None = None

    def run(self) -> int:
        """Start, watch, stop; whatever happens nothing is left running."""
        self._listen_to_signals()
        make_data(self.config.data)
        lock = instance.lock(self.config.data)
        try:
            self._start()
            self._watch()
        except Stopped:
            pass
        finally:
            self.stopping = True
            self._stop()
            lock.close()
        say("已停止")
        return 0

    def _listen_to_signals(self) -> None:
        """Take SIGINT and SIGTERM even when they were inherited as ignored; SIGHUP unless ignored (nohup)."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        for number in numbers:
            signal.signal(number, self._on_signal)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            return
        self.stopping = True
        if not self.ready:
            raise Stopped

    def _start(self) -> None:
        config = self.config
        if instance.end_leftovers(config.data):
            say("清理了上次异常结束后遗留的进程")
        ports.check(config)
        roster.refuse_mixing(config)
        (config.data / "log").mkdir(exist_ok=True)
        if config.database_url is None:
            self._start_database()
        roles.ensure_database(config)
        roles.refuse_unsafe(config)
        self._migrate()
        self._first_load()
        say("启动网页、网关和后台任务")
        for child in roster.children(config):
            self.supervisor.add(child)
        self._wait_ready()
        for account in roster.accounts(config):
            say(f"account {account['role']} {account['user']} {account['password']}")
        say(f"ready http://127.0.0.1:{config.port}")
        self.ready = True

    def _start_database(self) -> None:
        self.cluster = cluster = postgres.prepare(self.config, say)
        say(f"启动数据库（PostgreSQL {cluster.binaries.major}，{cluster.binaries.source}）")
        log = self.config.data / "log" / "postgres.log"
        server = postgres.start_cluster(cluster, log)
        child = Child("postgres", lambda: postgres.spawn_again(cluster, log), server, time.monotonic())
        self.supervisor.children.append(child)

    def _migrate(self) -> None:
        mark = self.config.data / "migrated"
        wanted = fingerprint()
        if self.config.database_url is None and mark.exists() and mark.read_text(encoding="ascii") == wanted:
            return
        roster.run_step(self.config, ["migrate"], "更新表结构", say)
        mark.write_text(wanted, encoding="ascii")

    def _first_load(self) -> None:
        if roster.is_loaded(self.config):
            return
        if self.config.demo:
            if not roster.exists("gongdi.cli.demo.main"):
                return
            say("第一次启动：装入演示省份（约一分钟）")
            roster.run_step(self.config, ["demo", "load"], "装入演示数据", say)
        else:
            roster.run_step(self.config, ["admin"], "建立管理账号", say)
        roster.mark_loaded(self.config)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not (self._healthy() and self._devices_listen()):
            self.supervisor.look()
            if time.monotonic() > deadline:
                raise ConfigError(
                    f"系统在 {READY_SECONDS:.0f} 秒内没有就绪，日志在 {self.config.data / 'log'}。"
                )
            time.sleep(0.1)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.config.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _devices_listen(self) -> bool:
        numbers = [self.config.hj212_port] if roster.exists("gongdi.gateways.dust") else []
        return all(ports.listening(self.config.host, number) for number in numbers)

    def _watch(self) -> None:
        while not self.stopping:
            self.supervisor.look()
            roster.trim_logs(self.config.data / "log")
            time.sleep(0.2)
        say("正在停止")

    def _stop(self) -> None:
        """Devices and pages first, the database last: what was acknowledged is already committed."""
        database = next((child for child in self.supervisor.children if child.name == "postgres"), None)
        self.supervisor.stop(
            [child for child in self.supervisor.children if child is not database], STOP_CHILDREN_SECONDS
        )
        if database is not None and database.process is not None:
            postgres.stop_process(database.process, STOP_DATABASE_SECONDS)
        elif self.cluster is not None:
            postgres.stop_orphan(self.cluster, STOP_DATABASE_SECONDS)
