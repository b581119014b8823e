"""内核这一间房：政策、工作日历、条款、时钟。"""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Room kernel (内核)."""

    name = "gongdi.kernel"
    label = "kernel"
    verbose_name = "政策与日历"
    default_auto_field = "django.db.models.BigAutoField"
