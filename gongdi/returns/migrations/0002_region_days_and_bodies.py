"""地区日与监督归属月：走势图和本区位置只读小表。"""

from typing import ClassVar

from django.db import migrations, models

FILL = """
INSERT INTO returns_regionday (prefix, day, credit_units, counted, updated_at)
SELECT left(p.division_id, n.length), d.day, sum(d.credit_units), sum(d.counted), now()
FROM returns_projectday d JOIN projects_project p ON p.id = d.project_id CROSS JOIN (VALUES (2), (4), (6)) AS n(length)
GROUP BY 1, 2
"""


class Migration(migrations.Migration):
    """Two small result tables; days already settled are summed at once, bodies with the next roll-up."""

    dependencies: ClassVar = [
        ("returns", "0001_results"),
        ("projects", "0006_present_supervisors_and_parties"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="RegionDay",
            fields=[
                ("pk", models.CompositePrimaryKey("prefix", "day", blank=True, editable=False, primary_key=True, serialize=False)),
                ("prefix", models.CharField(max_length=6, verbose_name="区划前缀")),
                ("day", models.DateField(verbose_name="日")),
                ("credit_units", models.DecimalField(decimal_places=0, max_digits=30, verbose_name="得分")),
                ("counted", models.IntegerField(verbose_name="计入台日")),
                ("updated_at", models.DateTimeField(verbose_name="结算时间")),
            ],
            options={"verbose_name": "地区日结果", "verbose_name_plural": "地区日结果"},
        ),
        migrations.CreateModel(
            name="BodyMonth",
            fields=[
                ("pk", models.CompositePrimaryKey("month", "code", blank=True, editable=False, primary_key=True, serialize=False)),
                ("month", models.DateField(verbose_name="月")),
                ("code", models.CharField(max_length=6, verbose_name="监督区划")),
                ("projects", models.IntegerField(verbose_name="项目数")),
                ("rated", models.IntegerField(verbose_name="有回传率的项目数")),
                ("full", models.IntegerField(verbose_name="满回传项目数")),
                ("mean", models.TextField(null=True, verbose_name="均值")),
                ("updated_at", models.DateTimeField(verbose_name="结算时间")),
            ],
            options={"verbose_name": "监督归属月结果", "verbose_name_plural": "监督归属月结果"},
        ),
        migrations.RunSQL(FILL, "SELECT 1"),
    ]  # fmt: skip
