"""区划、主管部门、企业、人员、身份与登录尝试的表。"""

from typing import ClassVar

import uuid6
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q


class Division(models.Model):
    """Administrative division (行政区划); its code is its key, so prefixes filter without a join."""

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上级"
    )
    functional_zone = models.BooleanField("功能区", default=False)
    lng = models.FloatField("标注点经度", null=True, blank=True)
    lat = models.FloatField("标注点纬度", null=True, blank=True)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{6}$"),
                name="division_code_six_digits",
                violation_error_message="区划代码应为六位数字",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Authority(models.Model):
    """Authority as a body (主管部门), never the division itself."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "县"

    class Kind(models.TextChoices):
        HOUSING = "HOUSING", "住房和城乡建设厅/局"
        URBAN = "URBAN", "城市管理局"
        STATION = "STATION", "质量安全监督站"
        APPROVAL = "APPROVAL", "行政审批局"
        ZONE = "ZONE", "开发区管理机构"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("名称", max_length=100, unique=True)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="区划")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上级部门"
    )
    phone = models.CharField("值班电话", max_length=40, blank=True)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "主管部门"
        ordering: ClassVar = ["division_id", "kind", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(level__in=["province", "city", "county"]), name="authority_level_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["HOUSING", "URBAN", "STATION", "APPROVAL", "ZONE"]),
                name="authority_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Enterprise(models.Model):
    """Enterprise (企业) by its unified social credit code (统一社会信用代码)."""

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("名称", max_length=120)
    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "企业"
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="enterprise_uscc_form",
                violation_error_message="统一社会信用代码应为 18 位，不含 I、O、S、V、Z",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates accounts; names are kept as typed and compared in lower case."""

    def create_user(self, username: str, display_name: str, password: str) -> "User":
        """Store one account with a hashed password."""
        user = self.model(username=username.strip().lower(), display_name=display_name.strip())
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Account of a name, ignoring case and blanks around it."""
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Account (账号) of one person; what it may do comes from its memberships only."""

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    username = models.CharField("账号", max_length=60, unique=True)
    display_name = models.CharField("姓名", max_length=60)
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["display_name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]*$"),
                name="user_username_form",
                violation_error_message="账号用小写字母、数字、点、横线和下划线",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


AUTHORITY_MEMBER = Q(
    role__in=["province", "city", "county", "urban"],
    authority__isnull=False,
    enterprise__isnull=True,
    project_id__isnull=True,
)
ENTERPRISE_MEMBER = Q(
    role="enterprise", authority__isnull=True, enterprise__isnull=False, project_id__isnull=True
)
SITE_MEMBER = Q(role="site", authority__isnull=True, enterprise__isnull=True, project_id__isnull=False)


class Membership(models.Model):
    """Membership (身份): a person acts for one body, one enterprise or one project, from and until a day."""

    class Role(models.TextChoices):
        PROVINCE = "province", "省级监管"
        CITY = "city", "市级监管"
        COUNTY = "county", "县级监管"
        URBAN = "urban", "城市管理"
        ENTERPRISE = "enterprise", "企业"
        SITE = "site", "项目"

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="账号")
    role = models.CharField("身份", max_length=12, choices=Role.choices)
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="主管部门"
    )
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="企业"
    )
    # 项目在上一层楼，这里只存键；外键由 projects 的迁移加在数据库里
    project_id = models.BigIntegerField("项目", null=True, blank=True, db_index=True)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "身份"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=AUTHORITY_MEMBER | ENTERPRISE_MEMBER | SITE_MEMBER,
                name="membership_one_subject_by_role",
                violation_error_message="身份与所属单位不一致",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="membership_dates_in_order",
                violation_error_message="截止日期早于起始日期",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "authority", "enterprise", "project_id", "valid_from"],
                nulls_distinct=False,
                name="membership_once",
                violation_error_message="同一身份已登记",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class SigninAttempt(models.Model):
    """Tries to sign in (登录尝试) under one key (account and address, account, or address)."""

    key = models.CharField(max_length=200, primary_key=True)
    tries = models.PositiveSmallIntegerField()
    last_at = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录尝试"

    def __str__(self) -> str:
        return self.key
