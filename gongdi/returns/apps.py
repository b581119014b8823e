"""数据回传率室在 Django 里的登记。"""

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "gongdi.returns"
    label = "returns"
    verbose_name = "数据回传率"
