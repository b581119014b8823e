import io
import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.cli.rules import LATER, RULES, judge_line, run
from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.cases import RuleContext
from gongdi.kernel.policy import DEFAULTS

CASES = Path(__file__).parents[1] / "data" / "cases.jsonl"
CONTEXT = RuleContext(DEFAULTS, shipped_calendar(), date(2026, 11, 25))
ALL = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def ask(rule: object, values: object) -> dict[str, Any]:
    return judge_line(json.dumps({"id": "t", "rule": rule, "in": values}).encode(), CONTEXT)


def is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text) and text.endswith("。")


@pytest.mark.parametrize("case", [case for case in ALL if case["rule"] in RULES], ids=lambda case: case["id"])
def test_every_case_of_a_known_rule(case: dict[str, Any]) -> None:
    assert judge_line(json.dumps(case).encode(), CONTEXT) == {"id": case["id"], "out": case["out"]}


def test_rules_of_rooms_to_come_are_refused_and_every_case_has_a_rule() -> None:
    assert {case["rule"] for case in ALL} == set(RULES) | LATER
    assert not LATER & set(RULES)
    assert "尚未启用" in ask("jgj59_total", {})["error"]


def test_the_command_keeps_the_order_and_ends_with_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(CASES)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in ALL]


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "nul\0name"])
def test_a_file_that_cannot_be_read_ends_with_two(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([f"{tmp_path}/{name}"]) == 2
    captured = capsys.readouterr()
    assert is_chinese(captured.err.strip())
    assert captured.out == ""


def test_wrong_use_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "gongdi rules" in capsys.readouterr().err
    assert run(["--help"]) == 0


def test_an_unpublished_year_warns_once_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.jsonl"
    line = json.dumps({"id": 1, "rule": "access_deadline", "in": {"start": "2027-01-15"}})
    file.write_text(f"\ufeff{line}\n\n{line}\n", encoding="utf-8")
    assert run([str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.err == "2027 年的工作日历尚未公布，按周一至周五计算。\n"
    assert captured.out.splitlines() == ['{"id": 1, "out": {"deadline": "2027-02-15"}}'] * 2


def test_cases_may_come_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"id":"a","rule":"uscc","in":{"code":""}}'))
    )
    assert run(["-"]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": "a", "out": {"valid": False}}


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("access_deadline", {}),
        ("access_deadline", {"start": None}),
        ("access_deadline", {"start": "2026-02-30"}),
        ("access_deadline", {"start": "20260101"}),
        ("access_deadline", {"start": "2026-01-01 "}),
        ("access_deadline", {"start": "２０２６-01-01"}),
        ("access_deadline", {"start": 20260101}),
        ("access_deadline", {"start": "2026-01-01", "excluded_days": -1}),
        ("access_deadline", {"start": "2026-01-01", "excluded_days": True}),
        ("access_deadline", {"start": "2026-01-01", "excluded_days": 1.0}),
        ("access_deadline", {"start": "2026-01-01", "excluded_days": 10**18}),
        ("access_deadline", {"start": "2026-01-01", "excluded_days": None}),
        ("access_deadline", {"start": "9999-12-30"}),
        ("access_status", {"start": "2026-01-01", "today": "2026-01-01"}),
        ("dust_hour", {"expected": 61, "valid": 0}),
        ("dust_hour", {"expected": 4, "valid": 5}),
        ("dust_day", {"expected_hours": 25, "valid_hours": 0}),
        ("dust_day", {"expected_hours": "24", "valid_hours": 0}),
        ("dust_stream", {"days": None}),
        ("dust_stream", {"days": [[1, 2]]}),
        ("dust_stream", {"days": [[1, 5, 4]]}),
        ("dust_stream", {"days": [{"count": 1}]}),
        ("combined_rate", {"documents": "1", "video": "1"}),
        ("combined_rate", {"documents": "3/2", "video": None, "dust": None}),
        ("combined_rate", {"documents": 1, "video": None, "dust": None}),
        ("combined_rate", {"documents": "1/0", "video": None, "dust": None}),
        ("document_rate", {"due": 5, "exempt": 1, "on_time": 1, "late": 1, "missing": 1}),
        ("enterprise_rate", {"projects": [7]}),
        ("enterprise_rate", {"projects": [{"documents": [1, 1], "video": [1, 1]}]}),
        ("enterprise_rate", {"projects": [{"documents": [2, 1], "video": [1, 1], "dust": None}]}),
        ("region_rate", {"projects": {}}),
        ("entry_rate", {"entered": 2, "due_set": 1}),
        ("uscc", {"code": None}),
        ("id_card", {"code": 140105199903070018}),
        ("no_such_rule", {}),
        ("NO\0RULE", {}),
        (None, {}),
        (["uscc"], {}),
        ("uscc", None),
        ("uscc", []),
    ],
)
def test_an_unusable_case_is_answered_in_chinese(rule: object, values: object) -> None:
    answer = ask(rule, values)
    assert set(answer) == {"id", "error"}
    assert is_chinese(answer["error"]), answer


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe",
        b"{",
        b"[1]",
        b"null",
        b'"x"',
        b"NaN",
        b"[" * 100_000,
        b'{"id": Infinity}',
        b"\x00",
        b"1" * 5000,
    ],
)
def test_a_line_that_is_no_case_has_no_id(line: bytes) -> None:
    answer = judge_line(line, CONTEXT)
    assert answer["id"] is None
    assert is_chinese(str(answer["error"]))


def test_a_number_of_five_thousand_digits_spoils_only_its_own_case() -> None:
    line = b'{"id": "big", "rule": "entry_rate", "in": {"entered": 1, "due_set": ' + b"9" * 5000 + b"}}"
    answer = judge_line(line, CONTEXT)
    assert answer["id"] == "big"
    assert "due_set" in str(answer["error"])


def test_a_lone_surrogate_in_an_id_can_be_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes(rb'{"id": "\ud800", "rule": "uscc", "in": {"code": "\ud800"}}')
    assert run([str(file)]) == 0
    assert capsys.readouterr().out == '{"id": "\\ud800", "out": {"valid": false}}\n'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
NAMES = [
    "start",
    "connected_on",
    "today",
    "excluded_days",
    "days",
    "projects",
    "documents",
    "video",
    "dust",
    "code",
]
VALUES = st.dictionaries(
    st.sampled_from([*NAMES, "due_set", "entered", "expected", "valid"]), JSON, max_size=6
)


@given(st.sampled_from(sorted(RULES)), VALUES)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_no_input_breaks_a_rule(rule: str, values: dict[str, Any]) -> None:
    answer = ask(rule, values)
    assert ("out" in answer) != ("error" in answer)


def test_it_starts_in_under_a_second_and_without_django(tmp_path: Path) -> None:
    program = (
        "import sys; from gongdi.cli.main import main; code = main(sys.argv[1:]);"
        "assert not any(name.partition('.')[0] == 'django' for name in sys.modules), 'django'; sys.exit(code)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, "rules", str(CASES)], capture_output=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - began < 5
    assert len(done.stdout.splitlines()) == len(ALL)
