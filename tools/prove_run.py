"""证明 make run 可用：起得来、真报文进得去、登录后的页面看得见、停得干净。

python -m tools.prove_run [DATA]     DATA: an empty or missing data directory (default: a temporary one)
"""

import datetime
import http.cookiejar
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from gongdi.config.load import load
from gongdi.protocols.hj212.replies import build_frame
from tests.flows.running import GONGDI, System, pss_bytes, still_alive

MN = "SX149999000001"
PASSWORD = "pr00f-only"
FACTORS = {"a34004": "21.5", "a34002": "43.0", "a34001": "88.0", "LA": "55.5", "a01001": "11.2"}
MEMORY_LIMIT = 700_000_000
STOP_LIMIT = 10.0
SECOND_START_LIMIT = 15.0


def main(words: list[str]) -> int:
    """Run every step; 0 when all held, an AssertionError names the first that did not."""
    folder = Path(words[0]) if words else Path(tempfile.mkdtemp(prefix="gongdi-prove-"))
    if not words:
        folder.chmod(0o711)
    try:
        first_start(folder / "data")
        second_start(folder / "data")
    finally:
        if not words:
            shutil.rmtree(folder, ignore_errors=True)
    print("make run：全部通过")
    return 0


def first_start(data: Path) -> None:
    """First start on an empty directory: ready, packet, page, memory, clean stop by the group's SIGINT."""
    system = System(data, demo=True, command=("make", "--no-print-directory", "run"))
    try:
        print(f"第一次启动 {system.wait_ready(600):.1f} s")
        accounts = check_accounts(system)
        send_packet(system)
        see_page(system, accounts)
        memory = pss_bytes(system.processes())
        print(f"全部进程 PSS {memory / 1e6:.0f} MB")
        assert memory < MEMORY_LIMIT, f"内存 {memory} 超过 {MEMORY_LIMIT}"
    except BaseException:
        system.stop(signal.SIGTERM, group=True)
        print("\n".join(system.lines))
        show_logs(data)
        raise
    stop(system, signal.SIGINT)


def second_start(data: Path) -> None:
    """Second start on the same data: seconds, and stopped by SIGTERM."""
    system = System(data, demo=True, command=("make", "--no-print-directory", "run"))
    try:
        seconds = system.wait_ready(120)
        print(f"第二次启动 {seconds:.1f} s")
        assert seconds < SECOND_START_LIMIT
        assert json.loads(gongdi(system, "device", "show", MN, "--json"))["stored"] == 1
    except BaseException:
        system.stop(signal.SIGTERM, group=True)
        print("\n".join(system.lines))
        raise
    stop(system, signal.SIGTERM)


def stop(system: System, number: int) -> None:
    """Stop by a signal to the whole group; nothing may be left."""
    everything = system.processes()
    seconds = system.stop(number, group=True)
    left = still_alive(everything)
    print(f"停止 {seconds:.1f} s，剩余进程 {len(left)}")
    assert seconds < STOP_LIMIT
    assert left == {}, left


def check_accounts(system: System) -> list[dict[str, str]]:
    """The printed accounts are those of the private file."""
    path = system.data / "demo-accounts.json"
    assert path.stat().st_mode & 0o777 == 0o600
    accounts: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    printed = [line for line in system.lines if line.startswith("account ")]
    assert printed == [f"account {item['role']} {item['user']} {item['password']}" for item in accounts]
    print(f"演示账号 {len(accounts)} 个")
    return accounts


def send_packet(system: System) -> None:
    """Register a device, wait the two seconds that are promised, send one real minute packet over TCP."""
    gongdi(system, "device", "add", MN, "--password", PASSWORD, "--project", some_project(system))
    time.sleep(2)
    packet = system.data.parent / "packet.txt"
    packet.write_bytes(minute_packet())
    print(gongdi(system, "hj212", "send", str(packet), "--to", f"127.0.0.1:{system.hj212_port}").strip())
    shown = json.loads(gongdi(system, "device", "show", MN, "--json"))
    assert (shown["stored"], shown["acked"]) == (1, 1), shown


def some_project(system: System) -> str:
    """Official number of a project of the demo province."""
    with psycopg.connect(load({}, system.data).dsn("app")) as connection:
        row = connection.execute("SELECT min(number) FROM projects_project").fetchone()
    assert row is not None
    return str(row[0])


def minute_packet() -> bytes:
    """One HJ 212-2017 minute frame of the last full minute, acknowledgement wanted."""
    now = datetime.datetime.now(ZoneInfo("Asia/Shanghai"))
    minute = (now - datetime.timedelta(minutes=1)).strftime("%Y%m%d%H%M00")
    values = ";".join(f"{code}-Avg={value},{code}-Flag=N" for code, value in FACTORS.items())
    head = f"QN={now.strftime('%Y%m%d%H%M%S000')};ST=22;CN=2051;PW={PASSWORD};MN={MN};Flag=5"
    return build_frame(f"{head};CP=&&DataTime={minute};{values}&&".encode("ascii"))


def see_page(system: System, accounts: list[dict[str, str]]) -> None:
    """Sign in as the province and find the device and its value on its page."""
    base = f"http://127.0.0.1:{system.port}"
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = opener.open(f"{base}/signin", timeout=20).read().decode("utf-8")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token, "登录页没有令牌"
    account = next(item for item in accounts if item["role"] == "province")
    fields = {"csrfmiddlewaretoken": token[1], "username": account["user"], "password": account["password"]}
    answer = opener.open(f"{base}/signin", urllib.parse.urlencode(fields).encode(), timeout=20)
    assert "/signin" not in answer.geturl(), "没有登录成功"
    listed = opener.open(f"{base}/devices/?q={MN}", timeout=20).read().decode("utf-8")
    link = re.search(r'href="(/devices/[0-9a-f-]{36}/)"', listed) if MN in listed else None
    assert link, "设备清单里没有刚登记的设备"
    page = opener.open(base + link[1], timeout=20).read().decode("utf-8")
    assert MN in page
    assert FACTORS["a34004"] in page, "设备页上没有刚发来的 PM2.5"
    print(f"登录后的设备页看得见 {MN} 的 PM2.5 {FACTORS['a34004']}")


def gongdi(system: System, *words: str) -> str:
    """Run one `gongdi` command against the running system; its output."""
    done = subprocess.run(
        [*GONGDI, *words], env=dict(system.environ), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, f"gongdi {' '.join(words)}：{done.stdout}{done.stderr}"
    return done.stdout


def show_logs(data: Path) -> None:
    """Last lines of every log, for the one who looks at a failed run."""
    for path in sorted((data / "log").glob("*.log")):
        print(
            f"--- {path.name}",
            *path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:],
            sep="\n",
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
