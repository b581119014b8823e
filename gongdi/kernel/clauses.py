"""条款清单：通知的每一句话、编号、办到没有，来自仓库根的 clauses.toml。"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from gongdi.kernel.errors import ClauseError

CLAUSES_FILE = Path(__file__).parents[2] / "clauses.toml"
CLAUSE_ID = re.compile(r"\b379-[0-9]+(?:\.[0-9]+)*(?:\.[a-z])?\b")
STATUSES = frozenset({"done", "todo", "exempt"})
FIELDS = frozenset({"text", "status", "comment"})


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of the notice (条款): id, verbatim text, status done/todo/exempt, comment."""

    id: str
    text: str
    status: str
    comment: str = ""


def load_clauses(path: Path = CLAUSES_FILE) -> tuple[Clause, ...]:
    """All clauses in the order of the file; ClauseError for an unknown field, id form or status."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ClauseError(f"条款清单 {path.name} 读不出来：{error}。") from None
    return tuple(_clause(key, row) for key, row in rows.items())


def _clause(key: str, row: dict[str, str]) -> Clause:
    if not CLAUSE_ID.fullmatch(key) or not isinstance(row, dict) or set(row) - FIELDS:
        raise ClauseError(f"条款 {key} 的编号或字段不合规。")
    clause = Clause(key, row.get("text", ""), row.get("status", ""), row.get("comment", ""))
    if not clause.text or clause.status not in STATUSES:
        raise ClauseError(f"条款 {key} 缺少原文，或状态不是 done、todo、exempt。")
    if clause.status == "exempt" and not clause.comment:
        raise ClauseError(f"条款 {key} 标为 exempt 而没有说明。")
    return clause
