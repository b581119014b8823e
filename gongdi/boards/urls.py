"""工作台与跨房间页面的地址。"""

from django.urls import URLPattern, path

from gongdi.boards.projects import views as projects

urlpatterns: list[URLPattern] = [
    path("projects/", projects.project_list, name="projects"),
    path("projects/export.csv", projects.project_csv, name="projects-csv"),
    path("projects/<uuid:ref>/", projects.project_page, name="project"),
    path("projects/<uuid:ref>/<slug:tab>", projects.project_page, name="project-tab"),
]
