"""地名的写法：县区连同所在的市。"""

from gongdi.orgs.models import Division


def place_name(division: Division) -> str:
    """太原市小店区: the county with its city, one more query for the city."""
    parent = Division.objects.filter(code=f"{division.code[:4]}00").values_list("name", flat=True).first()
    return division.name if not parent or parent == division.name else f"{parent}{division.name}"
