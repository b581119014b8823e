"""给运行中的系统拍照：每一页、两种主题、1440 与 390 像素，供人看。

python -m tools.screenshots --base http://127.0.0.1:8000 --account 账号 密码 --out DATA/screenshots
缺省账号取 DATA/demo-accounts.json 的第一个（省级）
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = (1440, 390)
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    """One page: name of the file and address."""

    name: str
    path: str


def main(words: Sequence[str] | None = None) -> int:
    """Photograph all pages; exit 2 with one sentence when something is missing."""
    options = _options(words)
    if not Path(CHROMIUM).exists():
        print("缺少系统软件包 chromium，可运行 apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 2
    account = options.account or _demo_account(options.data)
    if account is None:
        print("没有账号：用 --account 账号 密码 指明，或先运行 make run 生成演示账号。", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
        page.goto(options.base + "/signin")
        _photograph(page, options.base, _chosen([Shot("signin", "/signin")], options.only), options.out)
        _sign_in(page, options.base, account)
        _photograph(page, options.base, _chosen(_pages(page, options.base), options.only), options.out)
        browser.close()
    print(f"照片在 {options.out}")
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    data = Path(os.environ.get("DATA") or "var")
    parser = argparse.ArgumentParser(description="给运行中的系统拍照")
    parser.add_argument("--base", default=f"http://127.0.0.1:{os.environ.get('PORT') or 8000}")
    parser.add_argument("--account", nargs=2, metavar=("账号", "密码"))
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--out", type=Path, default=data / "screenshots")
    parser.add_argument("only", nargs="*", help="只拍这些页")
    return parser.parse_args(words)


def _demo_account(data: Path) -> list[str] | None:
    try:
        found = json.loads((data / "demo-accounts.json").read_text(encoding="utf-8"))
    except OSError:
        return None
    rows: list[dict[str, str]] = found if isinstance(found, list) else found.get("accounts", [])
    for row in rows:
        name, password = row.get("user") or row.get("username"), row.get("password")
        if name and password:
            return [name, password]
    return None


def _sign_in(page: Any, base: str, account: Sequence[str]) -> None:
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(base + "/signin")
    page.fill("#id_username", account[0])
    page.fill("#id_password", account[1])
    page.click("form .primary")
    page.wait_for_url(base + "/")


def _pages(page: Any, base: str) -> list[Shot]:
    shots = [
        Shot("workbench", "/"), Shot("projects", "/projects/"), Shot("devices", "/devices/"),
        Shot("pending", "/devices/pending"), Shot("status", "/status"), Shot("rules", "/rules/rate"), Shot("missing", "/nothing"),
    ]  # fmt: skip
    page.goto(base + "/projects/?access=connected")
    if project := page.query_selector("td a"):
        shots.append(Shot("project", project.get_attribute("href")))
        shots.append(Shot("project-dust", project.get_attribute("href") + "dust"))
    page.goto(base + "/devices/?state=heard")
    if device := page.query_selector("td a"):
        shots.append(Shot("device", device.get_attribute("href")))
        page.goto(base + shots[-1].path)
        if slot := page.query_selector(".strip a"):
            shots.append(Shot("slot", slot.get_attribute("href")))
    return shots


def _chosen(shots: list[Shot], only: Sequence[str]) -> list[Shot]:
    return [shot for shot in shots if not only or shot.name in only]


def _photograph(page: Any, base: str, shots: Sequence[Shot], out: Path) -> None:
    for shot in shots:
        for theme in THEMES:
            page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
                page.goto(base + shot.path)
                page.wait_for_timeout(700)
                page.screenshot(path=str(out / f"{shot.name}-{width}-{theme}.png"), full_page=True)
        print(shot.name, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
