"""压测 pages：一万个项目的省，写入照五倍实际速度进行，经真的网页进程量每张清单、搜索、地图和工作台。"""

import contextlib
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import django

from gongdi.cli.arguments import Parser, count
from gongdi.cli.bench.frames import device_no
from gongdi.cli.bench.stage import Stage, free_port, gateway, stage, wait_for_port
from gongdi.config.load import Config, ConfigError
from gongdi.kernel import clock

SENDERS, TIMES_REAL = 5_000, 5
BASELINES = {"empty": "/bench/empty", "bare": "/bench/bare"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
STEPS = ["uvicorn", "middleware", "session", "scope", "postgres", "templates", "ingest_5x"]


@dataclass
class Browser:
    """One kept connection with the cookies of one account."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
        """One request over the kept connection: status, body, headers."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        method = "GET" if form is None else "POST"
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            # 空闲几秒后服务器会关连接，重连一次
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        read = answer.read()
        for key, value in answer.getheaders():
            if key.lower() == "set-cookie":
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
        return answer.status, read, dict(answer.getheaders())

    def sign_in(self, user: str, password: str) -> None:
        """Sign in through the page; ConfigError when the account is refused."""
        found = TOKEN.search(self.ask("/signin")[1].decode())
        form = {"csrfmiddlewaretoken": found[1] if found else "", "username": user, "password": password}
        status, _, _ = self.ask("/signin", form)
        if status != 302:
            raise ConfigError(f"压测账号 {user} 登录失败（{status}）。")


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Fill a province, send at five times the real rate, measure every page; keys of the contract."""
    parser = Parser(prog="gongdi bench pages")
    parser.add_argument("--projects", type=count, default=10_000)
    parser.add_argument("--devices", type=count, default=20_000)
    parser.add_argument("--rounds", type=count, default=30)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args(list(argv))
    with stage() as system:
        _set_up(system.config)
        from gongdi.cli.bench import big_province

        accounts = big_province.fill(system.config, options.projects, options.devices, clock.now())
        port = free_port()
        with gateway(system.config, port), web(system, free_port(port + 1)) as server:
            browsers = {one.role: Browser(server) for one in accounts}
            for one in accounts:
                browsers[one.role].sign_in(one.user, big_province.SIGNIN)
            asked = addresses()
            _warm(browsers, asked)
            with ingest(port, options.devices, len(asked) * options.rounds) as load:
                times, sizes = measure(browsers, asked, options.rounds)
                sent = load()
        queries = questions(accounts, asked)
    return {"projects": options.projects, "devices": options.devices, "rounds": options.rounds, "steps": STEPS, "ingest": sent} | summary(times, sizes, queries)  # fmt: skip


def _set_up(config: Config) -> None:
    os.environ["DATA"] = str(config.data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    django.setup()


def addresses() -> dict[str, tuple[str, str]]:
    """Every list, search, map and workbench: name to role and path."""
    from gongdi.projects.models import Project

    first = Project.objects.filter(holding=False).order_by("number")[0]
    boards = {f"workbench_{role}": (role, "/") for role in ("province", "city", "county", "urban", "enterprise", "site")}  # fmt: skip
    lists = {
        "projects": "/projects/",
        "projects_page_50": "/projects/?page=50",
        "projects_by_rate": "/projects/?sort=rate&access=open",
        "projects_by_name": "/projects/?sort=name",
        "projects_filtered": f"/projects/?division={first.division_id}&kind={first.kind_id}&rate=part",
        "projects_word": "/projects/?q=" + quote("安置房 00123"),
        "devices": "/devices/",
        "alarms": "/alarms",
        "search_project": f"/search?q={first.number}",
        "search_firm": "/search?q=911",
        "search_name": "/search?q=" + quote("压测建设"),
        "search_mn": f"/search?q={device_no(777)[-6:]}",
        "search_nothing": "/search?q=ZZZ999",
        "map": "/map",
        "map_province": "/map/points.json?bbox=110,34,115,41",
        "map_city": "/map/points.json?bbox=112,37,113,38.5",
        "map_street": "/map/points.json?bbox=112.4,37.7,112.6,37.9",
    }
    found = boards | {name: ("province", path) for name, path in lists.items()}
    found |= {
        "projects_county": ("county", "/projects/"),
        "projects_enterprise": ("enterprise", "/projects/"),
    }
    found["project"] = ("province", f"/projects/{first.ref}/")
    return found | {name: ("province", path) for name, path in BASELINES.items()}


@contextlib.contextmanager
def web(system: Stage, port: int) -> Iterator[int]:
    """Run one web process of the product until the block ends."""
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environ |= {"DATA": str(system.config.data), "PORT": str(port), "DEMO": "0"}
    with (system.config.data / "web.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gongdi.cli.bench.pages_server"], env=environ, stdout=log, stderr=log
        )
        try:
            wait_for_port(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _warm(browsers: dict[str, Browser], asked: dict[str, tuple[str, str]]) -> None:
    """Each page three times before anything is timed; ConfigError when one does not answer 200."""
    for _ in range(3):
        for name, (role, path) in asked.items():
            status, _, _ = browsers[role].ask(path)
            if status not in (200, 302):
                raise ConfigError(f"{name}（{path}）答 {status}，压测不做。")


@contextlib.contextmanager
def ingest(port: int, devices: int, requests: int) -> Iterator[Any]:
    """Send one minute of every device in twelve seconds meanwhile; yields the function that stops and counts."""
    per_second = devices * TIMES_REAL / 60
    senders = min(SENDERS, devices)
    every = senders / per_second
    minutes = max(20, round(requests * 0.06 / every) + 10)
    start = clock.now().astimezone(clock.SHANGHAI).replace(tzinfo=None, second=0, microsecond=0)
    command = [sys.executable, "-m", "gongdi.cli.bench.load", "--port", str(port), "--devices", str(senders)]
    command += ["--minutes", str(minutes), "--start", (start - timedelta(minutes=minutes)).isoformat()]
    command += ["--every", str(every)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(senders * minutes * 6e-5 + 4)

    def counted() -> dict[str, Any]:
        still = process.poll() is None
        out, error = process.communicate()
        if process.returncode:
            raise ConfigError(f"负载进程没有跑完：{error.strip().splitlines()[-1:]}")
        load = json.loads(out)
        return {
            "wanted_per_s": round(per_second),
            "acked_per_s": round(load["acked"] / load["wall_s"]),
            "acked": load["acked"],
            "broken": load["broken"],
            "ack_p99_ms": round(load["ack_p99_ms"], 1),
            "outlasted_the_pages": still,
        }

    try:
        yield counted
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def measure(
    browsers: dict[str, Browser], asked: dict[str, tuple[str, str]], rounds: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Ask every page in turn, round after round: milliseconds and bytes of the body."""
    times: dict[str, list[float]] = {name: [] for name in asked}
    sizes: dict[str, int] = {}
    for _ in range(rounds):
        for name, (role, path) in asked.items():
            begun = time.perf_counter()
            status, body, _ = browsers[role].ask(path)
            times[name].append(1000 * (time.perf_counter() - begun))
            sizes[name] = len(body)
            if status not in (200, 302):
                raise ConfigError(f"{name}（{path}）答 {status}。")
    return times, sizes


def questions(accounts: list[Any], asked: dict[str, tuple[str, str]]) -> dict[str, int]:
    """Queries of each page, counted in this process by the same views."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from gongdi.orgs.models import User

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    found = {}
    clients = {one.role: Client() for one in accounts}
    for one in accounts:
        clients[one.role].force_login(User.objects.get(username=one.user))
    for name, (role, path) in asked.items():
        if name not in BASELINES:
            clients[role].get(path)
            with CaptureQueriesContext(connection) as made:
                clients[role].get(path)
            found[name] = len(made)
    return found


def summary(times: dict[str, list[float]], sizes: dict[str, int], queries: dict[str, int]) -> dict[str, Any]:
    """Median and p95 of each page, its ratio to the empty page of the same run, the worst ratio."""
    p95 = {name: sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)] for name, values in times.items()}
    ratios = {name: round(value / p95["empty"], 2) for name, value in p95.items()}
    pages = {
        name: {
            "p50_ms": round(statistics.median(values), 1),
            "p95_ms": round(p95[name], 1),
            "p95_vs_empty": ratios[name],
            "queries": queries.get(name),
            "kb": round(sizes[name] / 1024, 1),
        }
        for name, values in times.items()
    }
    worst = max((name for name in pages if name not in BASELINES), key=lambda name: ratios[name])
    return {"pages": pages, "worst": {"page": worst, "p95_vs_empty": ratios[worst]}, "empty_vs_bare": round(p95["empty"] / p95["bare"], 2)}  # fmt: skip
