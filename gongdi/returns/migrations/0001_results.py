"""回传率的结果表。"""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AccessFact",
            fields=[
                (
                    "project_id",
                    models.BigIntegerField(primary_key=True, serialize=False, verbose_name="项目"),
                ),
                ("required", models.SmallIntegerField(verbose_name="应装台数")),
                ("proven", models.SmallIntegerField(verbose_name="已有有效小时的台数")),
                ("entered_on", models.DateField(null=True, verbose_name="入库日期")),
                ("dust_on", models.DateField(null=True, verbose_name="扬尘接通日期")),
                ("updated_at", models.DateTimeField(verbose_name="结算时间")),
            ],
            options={
                "verbose_name": "接入事实",
                "verbose_name_plural": "接入事实",
            },
        ),
        migrations.CreateModel(
            name="EnterpriseMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month",
                        "enterprise_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField(verbose_name="月")),
                ("enterprise_id", models.BigIntegerField(verbose_name="企业")),
                ("credit_units", models.DecimalField(decimal_places=0, max_digits=30, verbose_name="得分")),
                (
                    "on_time_units",
                    models.DecimalField(decimal_places=0, max_digits=30, verbose_name="仅按时得分"),
                ),
                ("counted", models.IntegerField(verbose_name="计入台日")),
                ("updated_at", models.DateTimeField(verbose_name="结算时间")),
            ],
            options={
                "verbose_name": "企业月计数",
                "verbose_name_plural": "企业月计数",
            },
        ),
        migrations.CreateModel(
            name="RegionMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "prefix", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(verbose_name="月")),
                ("prefix", models.CharField(max_length=6, verbose_name="区划前缀")),
                ("projects", models.IntegerField(verbose_name="项目数")),
                ("rated", models.IntegerField(verbose_name="有回传率的项目数")),
                ("full", models.IntegerField(verbose_name="满回传项目数")),
                ("mean", models.TextField(null=True, verbose_name="均值")),
                ("updated_at", models.DateTimeField(verbose_name="结算时间")),
            ],
            options={
                "verbose_name": "地区月结果",
                "verbose_name_plural": "地区月结果",
            },
        ),
        migrations.CreateModel(
            name="ProjectDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "project_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("project_id", models.BigIntegerField(verbose_name="项目")),
                ("day", models.DateField(verbose_name="日")),
                ("required", models.SmallIntegerField(verbose_name="应装台数")),
                ("counted", models.SmallIntegerField(verbose_name="计入台日")),
                ("missing", models.SmallIntegerField(default=0, verbose_name="缺装台数")),
                ("credit_units", models.BigIntegerField(verbose_name="得分")),
                ("on_time_units", models.BigIntegerField(verbose_name="仅按时得分")),
                ("overdue", models.BooleanField(default=False, verbose_name="逾期未接入")),
                ("updated_at", models.DateTimeField(verbose_name="结算时间")),
            ],
            options={
                "verbose_name": "项目日结果",
                "verbose_name_plural": "项目日结果",
                "indexes": [models.Index(fields=["day", "project_id"], name="project_day_day")],
            },
        ),
        migrations.CreateModel(
            name="ProjectMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "project_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(verbose_name="月")),
                ("project_id", models.BigIntegerField(verbose_name="项目")),
                ("credit_units", models.BigIntegerField(verbose_name="得分")),
                ("on_time_units", models.BigIntegerField(verbose_name="仅按时得分")),
                ("counted", models.IntegerField(verbose_name="计入台日")),
                ("updated_at", models.DateTimeField(verbose_name="结算时间")),
            ],
            options={
                "verbose_name": "项目月计数",
                "verbose_name_plural": "项目月计数",
                "indexes": [models.Index(fields=["project_id", "month"], name="project_month_project")],
            },
        ),
    ]
