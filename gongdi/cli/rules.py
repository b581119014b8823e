"""子命令 rules：按规则试算一批用例，不需要数据库、网络和正在运行的服务。"""

import json
import sys
from collections.abc import Iterable, Sequence

from gongdi.cli import output
from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.cases import Case, NamedRule, RuleContext
from gongdi.kernel.clock import now, shanghai_day
from gongdi.kernel.errors import GongdiError, UnusableInput
from gongdi.kernel.policy import DEFAULTS
from gongdi.orgs import named_rules as orgs
from gongdi.projects import named_rules as projects
from gongdi.returns import named_rules as returns
from gongdi.telemetry import named_rules as telemetry

RULES: dict[str, NamedRule] = {**orgs.RULES, **projects.RULES, **telemetry.RULES, **returns.RULES}

LATER = frozenset(
    {
        "document_dates",
        "video_day",
        "video_stream",
        "supervision_class",
        "penalty_timetable",
        "jgj59_sheet",
        "jgj59_group",
        "jgj59_total",
        "hazardous_work",
        "leader_duty",
    }
)
"""Rules of the published list whose rooms do not exist yet."""

USAGE = "用法：gongdi rules 文件.jsonl（每行一个用例，- 表示标准输入）"


def run(argv: Sequence[str]) -> int:
    """Print one result a line for each case of the file, in order; exit code 2 when it cannot be read."""
    if len(argv) != 1 or argv[0] in ("-h", "--help"):
        print(USAGE, file=sys.stderr)
        return 0 if list(argv) in (["-h"], ["--help"]) else 2
    try:
        lines = sys.stdin.buffer if argv[0] == "-" else open(argv[0], "rb")  # noqa: SIM115
    except (OSError, ValueError) as error:
        return _refuse(argv[0], error)
    with lines:
        try:
            _answer(lines, _context())
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno in output.FULL:
                raise
            return _refuse(argv[0], error)
    return 0


def _refuse(name: str, error: Exception) -> int:
    reason = "读取失败"
    if isinstance(error, FileNotFoundError):
        reason = "文件不存在"
    elif isinstance(error, IsADirectoryError):
        reason = "这是目录"
    elif isinstance(error, PermissionError):
        reason = "没有读取权限"
    print(f"无法读取用例文件 {name!r}：{reason}，请检查路径。", file=sys.stderr)
    return 2


def _context() -> RuleContext:
    warned: set[int] = set()

    def warn(year: int) -> None:
        if year not in warned:
            warned.add(year)
            print(f"{year} 年的工作日历尚未公布，按周一至周五计算。", file=sys.stderr)

    return RuleContext(DEFAULTS, shipped_calendar().noting(warn), shanghai_day(now()))


def _answer(lines: Iterable[bytes], context: RuleContext) -> None:
    for number, line in enumerate(lines):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        if text.strip():
            print(_dump(judge_line(text, context)))


def judge_line(line: bytes, context: RuleContext) -> dict[str, object]:
    """The answer to one line: `{"id", "out"}`, or `{"id", "error"}` with one Chinese sentence."""
    try:
        case = json.loads(line.decode("utf-8"), parse_int=_parse_int, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return {"id": None, "error": "这一行不是可读的 JSON（UTF-8）。"}
    if not isinstance(case, dict):
        return {"id": None, "error": "用例应为 JSON 对象。"}
    found = case.get("id")
    name = found if isinstance(found, str) or type(found) is int else None
    try:
        return {"id": name, "out": _apply(case, context)}
    except GongdiError as error:
        return {"id": name, "error": str(error)}


def _apply(case: dict[str, object], context: RuleContext) -> dict[str, object]:
    rule, values = case.get("rule"), case.get("in")
    if not isinstance(rule, str):
        raise UnusableInput("用例缺少规则名 rule。")
    if rule in LATER:
        raise UnusableInput(f"规则 {rule} 尚未启用。")
    if rule not in RULES:
        raise UnusableInput(f"没有名为 {rule[:60]} 的规则。")
    if not isinstance(values, dict):
        raise UnusableInput("用例的输入 in 应为对象。")
    return RULES[rule](Case(values), context)


def _parse_int(digits: str) -> int | float:
    """Numbers of any length; beyond 300 digits they are no usable whole number for any rule."""
    return int(digits) if len(digits) <= 300 else float("inf")


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _dump(answer: dict[str, object]) -> str:
    """One JSON object; lone surrogates, which UTF-8 cannot carry, stay escaped."""
    text = json.dumps(answer, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(answer)
    return text
