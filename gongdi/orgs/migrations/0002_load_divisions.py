"""把随仓库发布的山西省行政区划装进表里。"""

import json
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SOURCE = Path(__file__).resolve().parent.parent / "data" / "shanxi_divisions.json"


def division_rows() -> list[dict[str, Any]]:
    """Rows of the published file, parents before children."""
    published = json.loads(SOURCE.read_text(encoding="utf-8"))
    root = published["province"]
    rows: list[dict[str, Any]] = [{"code": root["code"], "name": root["name"], "parent_id": None}]
    for city in published["cities"]:
        rows.append(_row(city, root["code"], zone=False))
        rows.extend(_row(county, city["code"], zone=False) for county in city["counties"])
        rows.extend(_row(zone, city["code"], zone=True) for zone in city.get("functional_zones", []))
    return rows


def _row(entry: dict[str, Any], parent: str, *, zone: bool) -> dict[str, Any]:
    lng, lat = entry.get("point") or (None, None)
    return {
        "code": entry["code"],
        "name": entry["name"],
        "parent_id": parent,
        "functional_zone": zone,
        "lng": lng,
        "lat": lat,
    }


def load(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Insert the divisions that are not there yet."""
    division = apps.get_model("orgs", "Division")
    for row in division_rows():
        division.objects.get_or_create(code=row.pop("code"), defaults=row)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
