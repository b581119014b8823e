"""工作台与跨房间页面的地址。"""

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_POST

from gongdi.boards.enterprise import views as enterprise
from gongdi.boards.map import views as maps
from gongdi.boards.projects import views as projects
from gongdi.boards.search import views as search
from gongdi.boards.workbench import views as workbench


class TabConverter(StringConverter):
    """The tabs of the project page; any other word is left to the pages of other rooms."""

    regex = "documents|video|dust|assessment|fees|orders|changes"


register_converter(TabConverter, "project_tab")

urlpatterns: list[URLPattern] = [
    path("", workbench.workbench, name="workbench"),
    path("access/late", workbench.late_access, name="late-access"),
    path("access/late/urge", require_POST(workbench.urge_late), name="late-access-urge"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/export.csv", projects.project_csv, name="projects-csv"),
    path("projects/export.xlsx", projects.project_xlsx, name="projects-xlsx"),
    path("projects/picked.xlsx", require_POST(projects.projects_picked), name="projects-picked"),
    path("projects/urge", require_POST(projects.projects_urge), name="projects-urge"),
    path("projects/officer", require_POST(projects.projects_officer), name="projects-officer"),
    path("projects/<uuid:ref>/", projects.project_page, name="project"),
    path("projects/<uuid:ref>/code", projects.project_code, name="project-code"),
    path("projects/<uuid:ref>/<project_tab:tab>", projects.project_page, name="project-tab"),
    path("enterprises/<uuid:ref>/", enterprise.enterprise_page, name="enterprise"),
    path("map", maps.project_map, name="map"),
    path("map/points.json", maps.map_points, name="map-points"),
    path("search", search.search, name="search"),
]
