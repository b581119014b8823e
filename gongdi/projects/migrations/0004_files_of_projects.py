"""建立参建单位、岗位、监督、入库申请、停工与变更的表。"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0006_employer_of_site_people"),
        ("projects", "0003_holding_and_site_members"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProjectParty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("developer", "建设单位"),
                            ("survey", "勘察单位"),
                            ("design", "设计单位"),
                            ("general_contractor", "施工总承包"),
                            ("subcontractor", "专业分包"),
                            ("supervisor", "监理单位"),
                            ("testing", "检测机构"),
                            ("monitoring", "监测单位"),
                            ("installation", "安装与出租单位"),
                            ("expert", "专家"),
                        ],
                        max_length=20,
                        verbose_name="参建身份",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="进场")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="离场")),
            ],
            options={
                "verbose_name": "参建单位",
                "verbose_name_plural": "参建单位",
                "ordering": ["project_id", "id"],
            },
        ),
        migrations.CreateModel(
            name="ProjectPost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("post", models.CharField(max_length=30, verbose_name="岗位")),
                ("person_name", models.CharField(max_length=40, verbose_name="姓名")),
                ("certificate", models.CharField(blank=True, max_length=40, verbose_name="证书")),
                ("certificate_no", models.CharField(blank=True, max_length=60, verbose_name="证书编号")),
                ("certificate_until", models.DateField(blank=True, null=True, verbose_name="证书有效期至")),
                ("valid_from", models.DateField(verbose_name="到岗")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="离岗")),
            ],
            options={
                "verbose_name": "岗位人员",
                "verbose_name_plural": "岗位人员",
                "ordering": ["project_id", "id"],
            },
        ),
        migrations.CreateModel(
            name="ProjectUnit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("floors", models.CharField(blank=True, max_length=30, verbose_name="层数")),
                (
                    "area_m2",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="面积（平方米）"),
                ),
            ],
            options={
                "verbose_name": "单位工程",
                "verbose_name_plural": "单位工程",
                "ordering": ["project_id", "id"],
            },
        ),
        migrations.CreateModel(
            name="Supervision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "aspect",
                    models.CharField(
                        choices=[("quality", "质量"), ("safety", "安全"), ("dust", "扬尘")],
                        max_length=8,
                        verbose_name="方面",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="起")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="止")),
            ],
            options={
                "verbose_name": "监督",
                "verbose_name_plural": "监督",
                "ordering": ["project_id", "aspect", "valid_from", "id"],
            },
        ),
        migrations.AddField(
            model_name="project",
            name="building_area_m2",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="建筑面积（平方米）"),
        ),
        migrations.AddField(
            model_name="project",
            name="completed_on",
            field=models.DateField(blank=True, null=True, verbose_name="竣工日期"),
        ),
        migrations.AddField(
            model_name="project",
            name="contract_price",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="合同价（元）"
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="dust_code",
            field=models.CharField(blank=True, max_length=6, verbose_name="扬尘监督区划"),
        ),
        migrations.AddField(
            model_name="project",
            name="entered_on",
            field=models.DateField(blank=True, null=True, verbose_name="入库日期"),
        ),
        migrations.AddField(
            model_name="project",
            name="excluded_days",
            field=models.PositiveIntegerField(default=0, verbose_name="扣除天数"),
        ),
        migrations.AddField(
            model_name="project",
            name="filing_number",
            field=models.CharField(blank=True, max_length=60, verbose_name="质量安全报监编号"),
        ),
        migrations.AddField(
            model_name="project",
            name="investment_code",
            field=models.CharField(blank=True, max_length=40, verbose_name="投资项目统一代码"),
        ),
        migrations.AddField(
            model_name="project",
            name="permit_number",
            field=models.CharField(blank=True, db_index=True, max_length=40, verbose_name="施工许可证编号"),
        ),
        migrations.AddField(
            model_name="project",
            name="planned_end",
            field=models.DateField(blank=True, null=True, verbose_name="计划竣工"),
        ),
        migrations.AddField(
            model_name="project",
            name="quality_code",
            field=models.CharField(blank=True, max_length=6, verbose_name="质量监督区划"),
        ),
        migrations.AddField(
            model_name="project",
            name="safety_code",
            field=models.CharField(blank=True, max_length=6, verbose_name="安全监督区划"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(models.F("safety_code"), name="project_safety_prefix"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(models.F("quality_code"), name="project_quality_prefix"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(models.F("dust_code"), name="project_dust_prefix"),
        ),
        migrations.AddField(
            model_name="projectparty",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.enterprise",
                verbose_name="企业",
            ),
        ),
        migrations.AddField(
            model_name="projectparty",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
                verbose_name="项目",
            ),
        ),
        migrations.AddField(
            model_name="projectpost",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.projectparty",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="projectpost",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
                verbose_name="项目",
            ),
        ),
        migrations.AddField(
            model_name="projectunit",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.projectkind",
                verbose_name="工程类别",
            ),
        ),
        migrations.AddField(
            model_name="projectunit",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
                verbose_name="项目",
            ),
        ),
        migrations.AddField(
            model_name="supervision",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.authority",
                verbose_name="监督机构",
            ),
        ),
        migrations.AddField(
            model_name="supervision",
            name="officer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="监督员",
            ),
        ),
        migrations.AddField(
            model_name="supervision",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
                verbose_name="项目",
            ),
        ),
        migrations.AddIndex(
            model_name="projectparty",
            index=models.Index(fields=["enterprise", "kind"], name="project_party_enterprise"),
        ),
        migrations.AddConstraint(
            model_name="projectparty",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to__isnull", True)),
                fields=("project", "enterprise", "kind"),
                name="project_party_once",
                violation_error_message="这家单位已在参建单位里",
            ),
        ),
        migrations.AddConstraint(
            model_name="projectparty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="project_party_in_order",
                violation_error_message="离场日期早于进场日期",
            ),
        ),
        migrations.AddIndex(
            model_name="projectpost",
            index=models.Index(fields=["certificate_until"], name="project_post_certificate"),
        ),
        migrations.AddConstraint(
            model_name="projectpost",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="project_post_in_order",
                violation_error_message="离岗日期早于到岗日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="projectunit",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="project_unit_once"),
        ),
        migrations.AddIndex(
            model_name="supervision",
            index=models.Index(fields=["officer", "valid_to"], name="supervision_officer"),
        ),
        migrations.AddConstraint(
            model_name="supervision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to__isnull", True)),
                fields=("project", "aspect"),
                name="supervision_one_open",
            ),
        ),
    ]
