"""重跑 docs/verification/ 里每一行的命令；有一条不再成立就失败。"""

import argparse
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "verification"
COMMAND = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Claim:
    """One row of a verification table: what is claimed and the command that repeats it."""

    topic: str
    text: str
    command: str


def claims_of(page: Path) -> list[Claim]:
    """Read the rows of the tables headed 主张 | 命令 | …; the command is the first code span of its cell.

    A pipe inside a command is written `\\|`, as Markdown wants it. A row without a command stays a claim: it cannot
    be repeated, so it does not hold.
    """
    claims, inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = _cells(line)
        if not line.startswith("|") or (cells and cells[0] == "主张"):
            inside = line.startswith("|")
            continue
        if not inside or set("".join(cells)) <= {"-", ":"}:
            continue
        found = COMMAND.search(cells[1]) if len(cells) > 1 else None
        claims.append(Claim(page.stem, cells[0], found.group(1) if found else ""))
    return claims


def _cells(line: str) -> list[str]:
    inner = re.sub(r"^\||(?<!\\)\|$", "", line.strip())
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def holds(claim: Claim) -> bool:
    """Run the command of a claim from the root of the repository; exit code 0 means it still holds."""
    print(f"[{claim.topic}] {claim.text}\n    $ {claim.command}", flush=True)
    if not claim.command:
        print("    不成立（没有写出命令）", flush=True)
        return False
    begun = time.monotonic()
    result = subprocess.run(claim.command, shell=True, cwd=ROOT, check=False)
    verdict = "成立" if result.returncode == 0 else f"不成立（退出码 {result.returncode}）"
    print(f"    {verdict}，{time.monotonic() - begun:.0f} 秒", flush=True)
    return result.returncode == 0


def main(argv: list[str]) -> int:
    """Verify all topics, or those named; exit 1 when a claim fails, 2 when a topic is unknown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", help="只验证这些主题（文件名不带 .md）")
    wanted = parser.parse_args(argv).topics
    pages = [page for page in sorted(FOLDER.glob("*.md")) if not wanted or page.stem in wanted]
    if not pages:
        print(f"没有这个主题：{' '.join(wanted)}。docs/verification/ 里的文件名就是主题。", file=sys.stderr)
        return 2
    failed = [claim for page in pages for claim in claims_of(page) if not holds(claim)]
    for claim in failed:
        print(f"不成立：[{claim.topic}] {claim.text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
