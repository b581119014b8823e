"""浏览器旅程：登录之后只能点、填、选、传，数着点击、看着时间，够不着的东西不算数。

    with opened(chromium, demo_site, "county") as page, Journey(page, "B7", limit=2, seconds=15) as trip:
        trip.click("link", "台账")
        trip.click("link", "已许可未入库", within=("navigation", "台账"))
        trip.see("已许可未入库")

What counts as one 击: a click or a tap, a key (`press`, whichever: it stands for a click), a file (`upload`: the
dialogue of the operating system is not ours); `choose` is two, open and pick. Typing (`fill`) is not counted, the
fields are. A step fails when its element is hidden, transparent, smaller than 8 px, covered, ambiguous, or stays
outside the window after scrolling. Addresses cannot be typed: `goto` of the journey and of its page are refused.
`see` also scrolls; `glance` wants the words in the window as it stands (一眼看到).

At the end, failed or not: one picture and one line in `journeys.jsonl` (journey, clicks, limit, keys, fields,
seconds, limit_s, ok, why, picture, window) under GONGDI_SHOTS, else under the system's temporary directory.

How the gate stays short: every test that uses the fixture `demo_site` (tests/flows/conftest.py) runs at the end of
the session, so that all journeys share one `gongdi up --demo` (35-60 s to start, once) and no other test has its
simulators beside it; sign-in is once per role, its cookies are reused (`fresh=True` signs in anew: for journeys that
sign out, switch identity or change a password). The marker `journey` is set by itself: `pytest -m journey` runs only
them, the gate runs each once. Keep one journey below 8 s and leave no trace that another needs: what it changes it
has made itself, under a name of its own. What needs more belongs to @pytest.mark.deep.
GONGDI_DEMO_URL and GONGDI_DEMO_DATA point at a demo that runs already (never under CI).
"""

import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

STEP_MS = 10_000
LEAST_PX = 8
FORBIDDEN = ("goto", "reload", "set_content", "go_back", "go_forward", "click", "dblclick", "tap", "fill", "press",
             "check", "select_option", "set_input_files", "dispatch_event")  # fmt: skip
OPACITY = """node => { let shown = 1; for (let one = node; one; one = one.parentElement)
  shown *= parseFloat(getComputedStyle(one).opacity); return shown; }"""


def shots() -> Path:
    """Directory of pictures and counts."""
    folder = Path(
        os.environ.get("GONGDI_SHOTS") or Path(tempfile.gettempdir()) / f"gongdi-journeys-{os.geteuid()}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Journey:
    """One journey of `reference` number `name` on a page that is signed in: at most `limit` 击 in `seconds`."""

    def __init__(self, page: Any, name: str, limit: int, seconds: float = 60.0, touch: bool = False) -> None:
        self.page, self.name, self.limit, self.seconds, self.touch = page, name, limit, seconds, touch
        self.clicks = self.keys = self.fields = 0
        self._started = 0.0

    def __enter__(self) -> Self:
        for verb in FORBIDDEN:
            setattr(self.page, verb, _refused)
        self._started = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = time.monotonic() - self._started
        for verb in FORBIDDEN:
            delattr(self.page, verb)
        late = f"{self.name}：用了 {took:.1f} s，限 {self.seconds} s" if took > self.seconds else ""
        why = str(error) or repr(error) if error else late
        self._record(took, why)
        if late and not error:
            raise AssertionError(late)

    def click(self, role: str, name: str, within: tuple[str, str] | None = None, first: bool = False) -> None:
        """Click (tap) the one element of this role and name, inside a region when `within` names one.

        Besides the roles of ARIA: "summary", the head of a fold (details), which has none.
        """
        root = self.page if within is None else self._one(self._by_role(self.page, *within), within[1], False)
        found = self._one(self._by_role(root, role, name), f"{role}“{name}”", first)
        self._count(1, f"点“{name}”")
        self._reach(found, name)
        self._act(name, lambda: found.tap(timeout=STEP_MS) if self.touch else found.click(timeout=STEP_MS))

    def fill(self, label: str, text: str) -> None:
        """Type into the field of this label; counts a field, not a 击."""
        found = self._field(label)
        self.fields += 1
        self._act(label, lambda: found.fill(text, timeout=STEP_MS))

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a list by its words; two 击."""
        found = self._field(label)
        self._count(2, f"选“{option}”")
        self._act(label, lambda: found.select_option(label=option, timeout=STEP_MS))

    def upload(self, label: str, path: Path) -> None:
        """Hand in a file; the input itself may be hidden behind its label, one of the two must be seen."""
        found = self.page.get_by_label(label).first
        found.wait_for(state="attached", timeout=STEP_MS)
        words = self.page.locator("label").filter(has_text=label).filter(visible=True)
        self._reach(words.first if words.count() else found, label)
        self._count(1, f"传“{label}”")
        self._act(label, lambda: found.set_input_files(str(path), timeout=STEP_MS))

    def press(self, key: str) -> None:
        """Press a key; one 击."""
        self._count(1, f"按 {key}")
        self.keys += 1
        self.page.keyboard.press(key)

    def see(self, text: str, within: tuple[str, str] | None = None) -> None:
        """Demand that these words can be read on the page, after scrolling if need be."""
        root = self.page if within is None else self._one(self._by_role(self.page, *within), within[1], False)
        self._reach(self._shown(root, text), text)

    def glance(self, text: str) -> None:
        """Demand that these words are in the window as it stands."""
        found = self._shown(self.page, text)
        if not self._inside(found):
            raise AssertionError(f"{self.name}：“{text}”不在这一屏里")

    def read(self, role: str, name: str) -> str:
        """Words of one element, to compare with what the test expects."""
        found = self._one(self._by_role(self.page, role, name), f"{role}“{name}”", False)
        self._reach(found, name)
        return str(found.inner_text())

    def goto(self, _address: str) -> NoReturn:
        """Refuse: a person has no address at hand."""
        _refused()

    def _count(self, more: int, what: str) -> None:
        if self.clicks + more > self.limit:
            raise AssertionError(f"{self.name}：{what}已是第 {self.clicks + more} 击，限 {self.limit} 击")
        self.clicks += more

    @staticmethod
    def _by_role(root: Any, role: str, name: str) -> tuple[Any, Any]:
        if role == "summary":
            found = root.locator("summary").filter(has_text=name)
            return found, found
        return root.get_by_role(role, name=name, exact=True), root.get_by_role(role, name=name)

    def _field(self, label: str) -> Any:
        pair = self.page.get_by_label(label, exact=True), self.page.get_by_label(label)
        found = self._one(pair, f"“{label}”一栏", False)
        self._reach(found, label)
        return found

    def _one(self, pair: tuple[Any, Any], what: str, first: bool) -> Any:
        """The one visible element: of exactly this name, else of a name that holds it."""
        exact, loose = (one.filter(visible=True) for one in pair)
        try:
            loose.first.wait_for(state="visible", timeout=STEP_MS)
        except Exception as error:
            raise AssertionError(f"{self.name}：看不见{what}（{self.page.url}）") from error
        found = exact if exact.count() else loose
        if found.count() > 1 and not first:
            raise AssertionError(f"{self.name}：有 {found.count()} 个{what}，说不清点哪一个")
        return found.first

    def _shown(self, root: Any, text: str) -> Any:
        found = root.get_by_text(text).filter(visible=True).first
        try:
            found.wait_for(state="visible", timeout=STEP_MS)
        except Exception as error:
            raise AssertionError(f"{self.name}：看不见“{text}”（{self.page.url}）") from error
        return found

    def _reach(self, found: Any, what: str) -> None:
        """Scroll to it and demand that a person could see it there."""
        with suppress(Exception):
            found.scroll_into_view_if_needed(timeout=STEP_MS)
        if found.evaluate(OPACITY) < 0.2:
            raise AssertionError(f"{self.name}：“{what}”是透明的")
        if not self._inside(found):
            raise AssertionError(f"{self.name}：“{what}”滚动之后仍在窗口之外，或小得看不见")

    def _inside(self, found: Any) -> bool:
        box, window = found.bounding_box(), self.page.viewport_size
        if not box or not window or min(box["width"], box["height"]) < LEAST_PX:
            return False
        seen = [
            min(box[start] + box[size], window[size]) - max(box[start], 0)
            for start, size in (("x", "width"), ("y", "height"))
        ]
        return bool(min(seen) >= LEAST_PX)

    def _act(self, what: str, act: Any) -> None:
        try:
            act()
        except Exception as error:
            raise AssertionError(
                f"{self.name}：“{what}”够不着（被挡住、停用或不是这种栏）：{error}"
            ) from error

    def _record(self, took: float, why: str) -> None:
        stamp = f"{self.name}-{'390' if self.touch else '1440'}.png".replace("/", "-")
        with suppress(Exception):
            self.page.screenshot(path=str(shots() / stamp), timeout=STEP_MS)
        line = {
            "journey": self.name, "clicks": self.clicks, "limit": self.limit, "keys": self.keys,
            "fields": self.fields, "seconds": round(took, 2), "limit_s": self.seconds, "ok": not why, "why": why,
            "picture": stamp, "window": self.page.viewport_size,
        }  # fmt: skip
        with (shots() / "journeys.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def _refused(*_words: object, **_named: object) -> NoReturn:
    raise AssertionError("旅程里不许输网址、不许绕开计数：只用 click、fill、choose、upload、press")
