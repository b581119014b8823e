"""深度测试：逐个运行标了 deep 的测试，同一份代码上已通过的不再重跑，可随时中断再继续。"""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / "build" / "deep.json"
PYTEST = [sys.executable, str(ROOT / ".venv" / "bin" / "pytest")]


def main(words: list[str]) -> int:
    """Run the deep tests, `words` being pytest -k expressions; 1 when one failed.

    ONLY=crash: 100 kills of the gateway, 20 of PostgreSQL, 100 of both in any order. ONLY=chaos: database away or
    frozen, disk full, two gateways, commits that hang, a day being archived.
    """
    tests = collect(" or ".join(words))
    if not tests:
        print("没有符合条件的深度测试", file=sys.stderr)
        return 2
    state = load(code_version())
    failed = []
    for number, test in enumerate(tests, 1):
        if test in state["passed"]:
            print(f"[{number}/{len(tests)}] 已通过 {test}", flush=True)
            continue
        print(f"[{number}/{len(tests)}] {test}", flush=True)
        started = time.monotonic()
        code = subprocess.run(
            [*PYTEST, "-q", "-s", "-m", "deep", test], cwd=ROOT, stdin=subprocess.DEVNULL, check=False
        ).returncode
        if code == 0:
            state["passed"][test] = round(time.monotonic() - started, 1)
            STATE.write_text(json.dumps(state, indent=1), encoding="utf-8")
        else:
            failed.append(test)
    print(f"\n深度测试 {len(tests)} 项，不过 {len(failed)} 项")
    for test in failed:
        print(f"  不过 {test}")
    return 1 if failed else 0


def collect(expression: str) -> list[str]:
    """Node ids of the deep tests that match."""
    command = [*PYTEST, "-q", "--collect-only", "-m", "deep", "--durations=0"]
    command += ["-k", expression] if expression else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if "::" in line]


def code_version() -> str:
    """Digest of every file that git knows or would add: a change starts over."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    digest = hashlib.sha256()
    for name in sorted(filter(None, listed.split(b"\0"))):
        path = ROOT / os.fsdecode(name)
        if path.is_file():
            digest.update(name + b"\0" + path.read_bytes())
    return digest.hexdigest()


def load(version: str) -> dict[str, dict[str, float]]:
    """What already passed on this very code."""
    STATE.parent.mkdir(exist_ok=True)
    if STATE.exists():
        known = json.loads(STATE.read_text(encoding="utf-8"))
        if version in known:
            return {"passed": known["passed"], version: {}}
    return {"passed": {}, version: {}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
