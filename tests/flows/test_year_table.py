"""手算的一年：表里的期限、状态、钟点、比率彼此对得上，也与按名试算的规则相同。"""

import csv
import json
import subprocess
from datetime import date
from pathlib import Path

from tests.flows.running import GONGDI

ACTS_OF_A_YEAR = {
    "officer_arrives", "enterprise_registers", "registration_approved", "project_created", "officer_named",
    "winter_stop_applied", "winter_stop_approved", "entry_submitted", "entry_returned", "entry_accepted",
    "officer_leaves", "projects_handed_over", "project_completed",
}  # fmt: skip


def steps() -> list[dict[str, str]]:
    """Rows of the year as written."""
    with (Path(__file__).with_name("data") / "year.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_year_has_its_acts_in_order() -> None:
    table = steps()
    assert len(table) >= 25
    assert {row["act"] for row in table} >= ACTS_OF_A_YEAR
    assert [row["step"] for row in table] == [str(number) for number in range(1, len(table) + 1)]
    moments = [(row["date"], row["time"]) for row in table]
    assert moments == sorted(moments)
    for row in table:
        assert row["why"]
        assert (row["assumed"] == "yes") == bool(row["assumption"]), row["step"]


def test_status_and_overdue_days_follow_from_the_named_rules(tmp_path: Path) -> None:
    """Rows that rest on an assumption about an undecided review are left to the test of the pages."""
    table = [row for row in steps() if row["access_status"] and row["assumed"] == "no"]
    cases = tmp_path / "cases.jsonl"
    lines = []
    for row in table:
        given = {"start": row["start"], "excluded_days": int(row["excluded_days"])}
        lines.append({"id": f"d{row['step']}", "rule": "access_deadline", "in": given})
        seen = {**given, "connected_on": row["connected_on"] or None, "today": row["date"]}
        lines.append({"id": f"s{row['step']}", "rule": "access_status", "in": seen})
    cases.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = subprocess.run(
        [*GONGDI, "rules", str(cases)], capture_output=True, text=True, timeout=60, check=True
    )
    found = {line["id"]: line["out"] for line in map(json.loads, done.stdout.splitlines())}
    for row in table:
        assert found[f"d{row['step']}"] == {"deadline": row["access_deadline"]}, row["step"]
        expected = {"status": row["access_status"], "overdue_days": int(row["overdue_days"])}
        assert found[f"s{row['step']}"] == expected, row["step"]


def test_clocks_boards_and_rates_agree_with_each_other() -> None:
    closing = {
        "registration_approved",
        "winter_stop_approved",
        "stop_approved",
        "entry_returned",
        "entry_accepted",
    }
    for row in steps():
        entered, due = int(row["county_entered"]), int(row["county_due"])
        assert row["county_percent"] == f"{entered * 10_000 // due / 100:.2f}"
        assert int(row["board_overdue"]) <= int(row["board_open"])
        if not row["duty"]:
            continue
        overdue = int(row["duty_overdue"])
        assert overdue == max(0, int(row["duty_day"]) - 3)
        assert (overdue > 0) == (date.fromisoformat(row["date"]) > date.fromisoformat(row["duty_due"]))
        assert int(row["board_open"]) == (0 if row["act"] in closing else 1)
        assert int(row["board_overdue"]) == (1 if overdue and row["act"] not in closing else 0)


def test_no_site_loses_by_what_the_authority_left_lying() -> None:
    for row in steps():
        if row["object"] in ("P1", "P6"):
            assert row["site_loses"] == "nothing"
            assert row["overdue_days"] == "0"
            assert row["access_status"] in ("pending", "on_time")
