"""网页这一间房在 Django 里的登记。"""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Room web (页面): templates, static files and template tags only, no tables."""

    name = "gongdi.web"
    label = "web"
    verbose_name = "页面"
