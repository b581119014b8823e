"""项目地图：底图、归堆的点和旁边同数的清单；筛选与项目清单共用。"""

from datetime import date
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from gongdi.boards.projects import filters
from gongdi.kernel import clock
from gongdi.kernel.scope import Scope
from gongdi.maps import base_map, clusters, drawing
from gongdi.maps.clusters import Box, Shown
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import queries as projects

REMEMBERED_S = 60
WIDEST = 14.0


def project_map(request: ScopedRequest) -> HttpResponse:
    """The map of the current filter; every cluster is a link, so it zooms without scripts as well."""
    now = clock.now()
    chosen, context = _window(request, clock.shanghai_day(now))
    names = filters.known(request.scope)
    context |= {
        "now": now,
        "chosen": chosen,
        "names": names,
        "division_options": filters.options(names.divisions, chosen.division),
        "chips": filters.chips(request.GET, chosen, names),
        "rates": filters.RATES,
        "entries": filters.ENTRIES,
        "list": reverse("projects") + listing.address(request.GET, bbox=""),
        "whole": listing.address(request.GET, bbox="") if "bbox" in request.GET else "",
        "approval": base_map.approval(),
        "frame": base_map.load()["frame"],
        "cities": base_map.areas("14"),
        "key": tuple(zip(clusters.LEVELS, drawing.WORDS, strict=True))[::-1],
    }
    return render(request, "maps/map.html", context)


def map_points(request: ScopedRequest) -> HttpResponse:
    """Marks, outlines and list of one window as ready pieces of the page."""
    _, context = _window(request, clock.shanghai_day(clock.now()))
    pieces = {name: render_to_string(f"maps/map_{name}.html", context) for name in ("marks", "beside")}
    return JsonResponse(pieces | {"total": context["shown"].total, "view": context["view"]})


def _window(request: ScopedRequest, today: date) -> tuple[filters.Chosen, dict[str, Any]]:
    """The window asked for with everything in it."""
    query, scope = request.GET, request.scope
    chosen = filters.choices(query, filters.known(scope))
    wanted = window_of(query) or _home(scope, chosen)
    shown = _shown(scope, chosen, wanted.snapped(), today)
    kept = {
        name: getattr(chosen, name) for name in filters.FIELDS if name != "sort" and getattr(chosen, name)
    }
    corner, end = base_map.project(wanted.west, wanted.north), base_map.project(wanted.east, wanted.south)
    px = listing.number(query, "px", drawing.ASSUMED_PX)
    view = (corner.x, corner.y, max(end.x - corner.x, 0.1), max(end.y - corner.y, 0.1))
    narrow = wanted.east - wanted.west < 3
    return chosen, {
        "shown": shown,
        "marks": drawing.marks(shown, wanted, kept, px, reverse("project", args=["00000000-0000-0000-0000-000000000000"]).replace("00000000-0000-0000-0000-000000000000", "REF")),
        "counties": base_map.visible_counties((corner.x, corner.y, end.x, end.y)) if narrow else (),
        "view": " ".join(f"{value:.2f}" for value in view),
        "font": round(13 * drawing.unit_of(wanted, px), 3),
        "small": round(11.5 * drawing.unit_of(wanted, px), 3),
        "named": () if narrow else base_map.areas("14"),
        "kept": kept,
        "address": "&" + "&".join(f"{k}={v}" for k, v in kept.items() if k != "division") if kept else "",
        "words": drawing.WORDS,
    }  # fmt: skip


def window_of(query: QueryDict) -> Box | None:
    """`bbox=west,south,east,north` in degrees; anything odd counts as not given."""
    try:
        west, south, east, north = (float(part) for part in query.get("bbox", "").split(","))
    except ValueError:
        return None
    sane = 70 < west < east < 140 and 0 < south < north < 60 and east - west < WIDEST
    return Box(west, south, east, north) if sane else None


def _home(scope: Scope, chosen: filters.Chosen) -> Box:
    """The window of the division filtered or of the scope; the whole province for everybody else."""
    code = chosen.division or (scope.division_prefixes[0] if scope.division_prefixes else "14")
    prefix = code.rstrip("0") if len(code.rstrip("0")) in (2, 4) else code
    areas = base_map.areas("14" if prefix in ("14", "1400") else prefix) or base_map.areas("14")
    x, y, width, height = base_map.view_box(areas)
    west, north = base_map.position(x, y)
    east, south = base_map.position(x + width, y + height)
    return Box(west, south, east, north)


def _shown(scope: Scope, chosen: filters.Chosen, box: Box, today: date) -> Shown:
    """Clusters of a window, remembered for a minute for the same scope and filter."""
    mine = (
        scope.role,
        scope.authority_id,
        scope.enterprise_id,
        sorted(scope.project_ids),
        scope.division_prefixes,
    )
    key = f"map:{hash((str(mine), chosen, box, today))}"
    found: Shown | None = cache.get(key)
    if found is None:
        rows = filters.narrowed(projects.visible(scope), chosen, today)
        found = clusters.show(rows, box, today)
        cache.set(key, found, REMEMBERED_S)
    return found
