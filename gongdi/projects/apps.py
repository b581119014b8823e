"""项目台账这一间房。"""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Room projects (项目)."""

    name = "gongdi.projects"
    label = "projects"
    verbose_name = "项目"
    default_auto_field = "django.db.models.BigAutoField"
