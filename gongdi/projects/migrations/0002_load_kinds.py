"""把工程类别及其首版规则装进表里。"""

import json
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SOURCE = Path(__file__).resolve().parent.parent / "data" / "project_kinds.json"
OWN_COLUMNS = {"code", "name", "dust", "stages", "cameras", "if_present", "moving"}


def _rule(kind: dict[str, Any], valid_from: str) -> dict[str, Any]:
    dust = kind["dust"]
    return {
        "kind_id": kind["code"],
        "valid_from": valid_from,
        "dust_rule": dust["rule"],
        "per_m2": dust.get("per_m2"),
        "per_m": dust.get("per_m"),
        "stages": kind["stages"],
        "cameras": {key: kind[key] for key in ("cameras", "if_present", "moving")},
        "payload": {key: value for key, value in kind.items() if key not in OWN_COLUMNS},
    }


def load(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Insert the kinds and the rules of the first edition."""
    published = json.loads(SOURCE.read_text(encoding="utf-8"))
    kinds = apps.get_model("projects", "ProjectKind")
    rules = apps.get_model("projects", "ProjectKindRule")
    for position, kind in enumerate(published["kinds"], start=1):
        kinds.objects.create(code=kind["code"], name=kind["name"], position=position)
        rules.objects.create(**_rule(kind, published["effective_from"]))


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
