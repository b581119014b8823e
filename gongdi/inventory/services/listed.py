"""许可清单的一行：来自表格、接口或演示数据，写法相同。"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ListedPermit:
    """A permit (施工许可) as an approval authority lists it; area in square metres, length in metres."""

    number: str
    project_name: str
    division: str
    issued_on: date
    kind: str = ""
    address: str = ""
    contractor: str = ""
    contractor_uscc: str = ""
    developer: str = ""
    supervisor: str = ""
    area_m2: int | None = None
    length_m: int | None = None
    project_id: int | None = None
