"""回传率的结果表：项目日、项目月、企业月、地区月和接入事实，全部可由位图重算。"""

from typing import ClassVar

from django.db import models


class ProjectDay(models.Model):
    """Dust result of one project and closed Shanghai day (项目日).

    `credit_units`: sum of the credits of the counted device-days in units of 1/5354228880, exact;
    `counted`: device-days with an expected hour; `required`: n; `missing`: required but not registered.
    `overdue`: the project was past its access deadline and not connected: credit 0.
    """

    pk = models.CompositePrimaryKey("project_id", "day")
    project_id = models.BigIntegerField("项目")
    day = models.DateField("日")
    required = models.SmallIntegerField("应装台数")
    counted = models.SmallIntegerField("计入台日")
    missing = models.SmallIntegerField("缺装台数", default=0)
    credit_units = models.BigIntegerField("得分")
    on_time_units = models.BigIntegerField("仅按时得分")
    overdue = models.BooleanField("逾期未接入", default=False)
    updated_at = models.DateTimeField("结算时间")

    class Meta:
        verbose_name = verbose_name_plural = "项目日结果"
        indexes: ClassVar = [models.Index(fields=["day", "project_id"], name="project_day_day")]


class ProjectMonth(models.Model):
    """Maintained counter of one project and month (项目月): sums of its days."""

    pk = models.CompositePrimaryKey("month", "project_id")
    month = models.DateField("月")
    project_id = models.BigIntegerField("项目")
    credit_units = models.BigIntegerField("得分")
    on_time_units = models.BigIntegerField("仅按时得分")
    counted = models.IntegerField("计入台日")
    updated_at = models.DateTimeField("结算时间")

    class Meta:
        verbose_name = verbose_name_plural = "项目月计数"
        indexes: ClassVar = [models.Index(fields=["project_id", "month"], name="project_month_project")]


class EnterpriseMonth(models.Model):
    """Sums over the projects of an enterprise as 施工总承包 (企业月)."""

    pk = models.CompositePrimaryKey("month", "enterprise_id")
    month = models.DateField("月")
    enterprise_id = models.BigIntegerField("企业")
    credit_units = models.DecimalField("得分", max_digits=30, decimal_places=0)
    on_time_units = models.DecimalField("仅按时得分", max_digits=30, decimal_places=0)
    counted = models.IntegerField("计入台日")
    updated_at = models.DateTimeField("结算时间")

    class Meta:
        verbose_name = verbose_name_plural = "企业月计数"


class RegionMonth(models.Model):
    """Mean of the project rates of a division prefix (地区月); fractions exact, as text."""

    pk = models.CompositePrimaryKey("month", "prefix")
    month = models.DateField("月")
    prefix = models.CharField("区划前缀", max_length=6)
    projects = models.IntegerField("项目数")
    rated = models.IntegerField("有回传率的项目数")
    full = models.IntegerField("满回传项目数")
    mean = models.TextField("均值", null=True)
    updated_at = models.DateTimeField("结算时间")

    class Meta:
        verbose_name = verbose_name_plural = "地区月结果"


class RegionDay(models.Model):
    """Sums of one day over the projects that lie in a division prefix (地区日), for trends."""

    pk = models.CompositePrimaryKey("prefix", "day")
    prefix = models.CharField("区划前缀", max_length=6)
    day = models.DateField("日")
    credit_units = models.DecimalField("得分", max_digits=30, decimal_places=0)
    counted = models.IntegerField("计入台日")
    updated_at = models.DateTimeField("结算时间")

    class Meta:
        verbose_name = verbose_name_plural = "地区日结果"


class BodyMonth(models.Model):
    """Mean of the project rates under the safety supervisors of a division code (监督归属月); exact, as text.

    `code`: six digits = the bodies of that division alone, four digits = a city with its counties.
    """

    pk = models.CompositePrimaryKey("month", "code")
    month = models.DateField("月")
    code = models.CharField("监督区划", max_length=6)
    projects = models.IntegerField("项目数")
    rated = models.IntegerField("有回传率的项目数")
    full = models.IntegerField("满回传项目数")
    mean = models.TextField("均值", null=True)
    updated_at = models.DateTimeField("结算时间")

    class Meta:
        verbose_name = verbose_name_plural = "监督归属月结果"


class AccessFact(models.Model):
    """When a project had what access needs (接入事实)."""

    project_id = models.BigIntegerField("项目", primary_key=True)
    required = models.SmallIntegerField("应装台数")
    proven = models.SmallIntegerField("已有有效小时的台数")
    entered_on = models.DateField("入库日期", null=True)
    dust_on = models.DateField("扬尘接通日期", null=True)
    updated_at = models.DateTimeField("结算时间")

    class Meta:
        verbose_name = verbose_name_plural = "接入事实"
