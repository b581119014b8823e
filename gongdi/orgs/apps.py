"""主管部门、企业、人员与账号这一间房。"""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """Room orgs (机构与人员)."""

    name = "gongdi.orgs"
    label = "orgs"
    verbose_name = "机构与人员"
    default_auto_field = "django.db.models.BigAutoField"
