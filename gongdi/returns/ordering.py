"""按回传率筛选、排序和归堆项目：在数据库里只比大小，页面上的数仍出自 queries。"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Avg,
    BigIntegerField,
    Case,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    When,
)
from django.db.models.functions import Cast, NullIf, Round

from gongdi.projects.models import Project
from gongdi.returns.models import AccessFact, ProjectMonth
from gongdi.telemetry.rules.hours import CREDIT_UNIT

RATES = ("full", "part", "none")
ENTRIES = ("entered", "lacking")
_EXACT: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=60, decimal_places=20)


def with_share(rows: QuerySet[Project], month: date) -> QuerySet[Any]:
    """Projects with `share`, their rate in the month of `month` as an exact decimal, NULL without a counted day.

    Documents and video do not apply yet, so the combined rate is the dust rate (see `rating.combined_of`); a test
    holds this order against `queries.rates_of_projects`.
    """
    whole = NullIf(F("counted"), 0) * Decimal(CREDIT_UNIT)
    share = ExpressionWrapper(Cast("credit_units", _EXACT) / whole, output_field=_EXACT)
    counters = ProjectMonth.objects.filter(month=month.replace(day=1), project_id=OuterRef("pk"))
    return rows.annotate(share=Subquery(counters.annotate(share=share).values("share")[:1]))


def of_rate(rate: str) -> Q:
    """Condition on `share`: full 满, part 未满, none 不适用, anything else no condition."""
    if rate == "full":
        return Q(share=1)
    if rate == "part":
        return Q(share__lt=1)
    return Q(share__isnull=True) if rate == "none" else Q()


def rated(rate: str, month: date) -> Q:
    """The same condition without an annotation: a semi-join on the counters of the month, for counting and filtering."""
    counters = ProjectMonth.objects.filter(
        month=month.replace(day=1), project_id=OuterRef("pk"), counted__gt=0
    )
    whole = ExpressionWrapper(F("counted") * int(CREDIT_UNIT), output_field=BigIntegerField())
    if rate == "full":
        return Q(Exists(counters.filter(credit_units=whole)))
    if rate == "part":
        return Q(Exists(counters.filter(credit_units__lt=whole)))
    return ~Q(Exists(counters)) if rate == "none" else Q()


def with_level(rows: QuerySet[Project], month: date) -> QuerySet[Any]:
    """Projects with `level`, the colour of their rate: 3 = 100%, 2 = 90% and more, 1 = below, NULL without a rate."""
    counters = ProjectMonth.objects.filter(
        month=month.replace(day=1), project_id=OuterRef("pk"), counted__gt=0
    )
    whole = ExpressionWrapper(F("counted") * int(CREDIT_UNIT), output_field=BigIntegerField())
    level = Case(
        When(credit_units=whole, then=3),
        When(credit_units__gte=whole * 9 / 10, then=2),
        default=1,
        output_field=SmallIntegerField(),
    )
    return rows.annotate(level=Subquery(counters.annotate(level=level).values("level")[:1]))


def of_entry(entry: str, today: date) -> Q:
    """项目入库: entered, or lacking although the access deadline has passed."""
    entered = Q(pk__in=AccessFact.objects.filter(entered_on__isnull=False).values("project_id"))
    if entry == "entered":
        return entered
    return ~entered & Q(access_deadline__lt=today) if entry == "lacking" else Q()


def lowest(rows: QuerySet[Project], month: date, n: int) -> list[int]:
    """Keys of the n projects below 100%, lowest first (1 query)."""
    found = with_share(rows, month).filter(of_rate("part")).order_by("share", "number")
    return list(found.values_list("pk", flat=True)[:n])


def highest(rows: QuerySet[Project], month: date, n: int) -> list[int]:
    """Keys of n projects, highest rate first, those without a rate last (1 query)."""
    found = with_share(rows, month).order_by(F("share").desc(nulls_last=True), "number")
    return list(found.values_list("pk", flat=True)[:n])


def places(
    rows: QuerySet[Project], month: date, limit: int
) -> list[tuple[float, float, Decimal | None, int]]:
    """(lng, lat, share, projects) of the placed projects; beyond `limit` those of one cell of some 8 km together.

    A cell stands at the mean place with the lowest share in it (1 or 2 queries).
    """
    placed = with_share(rows.filter(lng__isnull=False, lat__isnull=False), month).order_by()
    points = [(*row, 1) for row in placed.values_list("lng", "lat", "share")[: limit + 1]]
    if len(points) <= limit:
        return points
    cells = placed.annotate(x=_cell("lng", 10), y=_cell("lat", 12)).values("x", "y")
    merged = cells.annotate(at_lng=Avg("lng"), at_lat=Avg("lat"), low=Min("share"), n=Count("pk"))
    return list(merged.values_list("at_lng", "at_lat", "low", "n"))


def _cell(name: str, parts: int) -> Round:
    return Round(ExpressionWrapper(F(name) * parts, output_field=FloatField()))
