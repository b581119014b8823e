"""手算的接入期限表：除外天数加进期限，与规则按名试算的结果逐行相同；表自己也要完整。"""

import csv
import json
import subprocess
from datetime import date, datetime
from pathlib import Path

from tests.flows.running import GONGDI

DATA = Path(__file__).with_name("data")


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a table as written."""
    with (DATA / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_deadline_follows_from_start_and_excluded_days(tmp_path: Path) -> None:
    table, cases = rows("excluded_days.csv"), tmp_path / "cases.jsonl"
    cases.write_text(
        "".join(
            json.dumps(
                {
                    "id": row["id"],
                    "rule": "access_deadline",
                    "in": {"start": row["start"], "excluded_days": int(row["excluded_days"])},
                }
            )
            + "\n"
            for row in table
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [*GONGDI, "rules", str(cases)], capture_output=True, text=True, timeout=60, check=True
    )
    found = {line["id"]: line["out"]["deadline"] for line in map(json.loads, done.stdout.splitlines())}
    assert found == {row["id"]: row["deadline"] for row in table}


def test_tables_are_complete_and_every_figure_has_its_reason() -> None:
    excluded, clock = rows("excluded_days.csv"), rows("authority_clock.csv")
    assert len({row["id"] for row in excluded}) == len(excluded) >= 30
    assert len({row["id"] for row in clock}) == len(clock) >= 20
    for row in excluded:
        assert row["why"]
        assert date.fromisoformat(row["start"]) < date.fromisoformat(row["last_day"])
        assert row["last_day"] <= row["deadline"]
    for row in clock:
        assert row["why"]
        assert datetime.fromisoformat(row["submitted"]).tzinfo is not None
        assert int(row["overdue_working_days"]) == max(0, int(row["day_number"]) - 3)
