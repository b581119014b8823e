"""手写的权限总表自己要完整：每种身份每类数据一行，城管与审批局不多看一眼，有推定的写明推定。"""

import csv
from itertools import product
from pathlib import Path

RELATIONS = ("own", "sibling", "other_city", "city_own", "other_firm", "former", "zone_own")
ROLES = (
    "anonymous", "nobody", "province", "city", "county", "urban", "station", "approval", "zone", "developer",
    "supervisor", "enterprise", "site", "vendor",
)  # fmt: skip
DATA = (
    "card", "base_file", "people", "permits_access", "dust_noise", "six_hundred", "raw_frames", "quality_safety",
    "fees", "video_outer", "video_inner",
)  # fmt: skip
ACTS = (
    "entry_submission", "entry_review", "officer_assignment", "stop_application", "stop_decision",
    "account_authority", "account_project", "enterprise_review", "policy_decision",
)  # fmt: skip


def table() -> list[dict[str, str]]:
    """Rows of the table as written."""
    with Path(__file__).with_name("roles.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_role_has_every_kind_once() -> None:
    found = [(row["role"], row["kind"]) for row in table()]
    assert sorted(found) == sorted(product(ROLES, DATA + ACTS))


def test_values_fit_the_kind_and_every_row_has_its_reason() -> None:
    for row in table():
        allowed = {"see", "hidden"} if row["kind"] in DATA else {"act", "refused", "hidden", "-"}
        allowed |= {"signin"} if row["role"] == "anonymous" else set()
        allowed |= {"refused"} if row["role"] == "nobody" else set()
        assert {row[relation] for relation in RELATIONS} <= allowed, row
        assert row["rule"]
        assert row["source"]
        assert (row["assumed"] == "yes") == bool(row["assumption"]), row


def test_a_decision_about_a_project_has_one_owner() -> None:
    for relation in RELATIONS:
        for act in ("entry_review", "stop_decision"):
            owners = [row["role"] for row in table() if row["kind"] == act and row[relation] == "act"]
            expected = {"city_own": ["city"], "zone_own": ["zone"], "sibling": [], "other_city": []}
            assert owners == expected.get(relation, ["county"]), (act, relation)


def test_what_is_hidden_from_urban_management_is_hidden_everywhere() -> None:
    for row in table():
        if row["role"] == "urban" and row["kind"] in (
            "quality_safety",
            "fees",
            "people",
            "video_inner",
            "base_file",
        ):
            assert {row[relation] for relation in RELATIONS} == {"hidden"}
