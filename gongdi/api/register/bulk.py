"""批量登记：读 CSV，每一行的错处用中文说清，全对才登记。"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from gongdi.equipment.bench import mn_is_taken
from gongdi.equipment.services import MN_FORM, NewDevice
from gongdi.equipment.upkeep import new_password
from gongdi.kernel.errors import UnusableInput

HEAD = ("项目编号", "MN", "访问密码", "安装位置", "上传间隔", "颗粒物单位")
MOST = 500
LARGEST = 1024 * 1024
UNIT_WORDS = {
    "": "ng",
    "ng": "ng",
    "ug": "ug",
    "µg": "ug",
    "mg": "mg",
    "ng/m³": "ng",
    "µg/m³": "ug",
    "mg/m³": "mg",
}
INTERVALS = frozenset((1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60))


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: number of the row, column, what to do."""

    row: int
    column: str
    advice: str


def read(data: bytes, projects: Mapping[str, int]) -> tuple[list[NewDevice], list[Fault]]:
    """Devices and mistakes of a file; `projects`: number to key of those the person may fill."""
    if len(data) > LARGEST:
        raise UnusableInput("文件超过 1 MB，请分几次登记。")
    rows = [row for row in csv.reader(io.StringIO(_text(data))) if any(cell.strip() for cell in row)]
    if not rows or [cell.strip() for cell in rows[0][: len(HEAD)]][:2] != list(HEAD[:2]):
        raise UnusableInput("第一行应是列名：" + "、".join(HEAD) + "。")
    if len(rows) - 1 > MOST:
        raise UnusableInput(f"一次最多 {MOST} 台，这个文件有 {len(rows) - 1} 台。")
    devices: list[NewDevice] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = dict(zip(HEAD, [*(cell.strip() for cell in row), *[""] * len(HEAD)], strict=False))
        wrong = _faults(number, cells, projects, seen)
        faults += wrong
        if not wrong:
            devices.append(_device(cells, projects))
    return devices, faults


def _text(data: bytes) -> str:
    if b"\0" in data:
        raise UnusableInput("文件里有不能使用的字节，请另存为 CSV（UTF-8）。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnusableInput("读不出文件里的文字，请另存为 CSV（UTF-8）。")


def _faults(
    number: int, cells: Mapping[str, str], projects: Mapping[str, int], seen: dict[str, int]
) -> list[Fault]:
    found = []
    mn, interval = cells["MN"], cells["上传间隔"]
    if cells["项目编号"] not in projects:
        found.append(Fault(number, "项目编号", "没有这个项目，或不归本单位办理"))
    if not MN_FORM.fullmatch(mn) or len(mn) > 40:
        found.append(Fault(number, "MN", "1 到 40 位字母、数字或 - _ . : /"))
    elif mn in seen:
        found.append(Fault(number, "MN", f"与第 {seen[mn]} 行相同"))
    elif mn_is_taken(mn):
        found.append(Fault(number, "MN", "已登记过"))
    seen.setdefault(mn, number)
    if interval and not (interval.isascii() and interval.isdigit() and int(interval[:4]) in INTERVALS):
        found.append(Fault(number, "上传间隔", "填 1、2、5、10、15、30 或 60（分钟）"))
    if cells["颗粒物单位"].lower() not in UNIT_WORDS:
        found.append(Fault(number, "颗粒物单位", "填 ng、ug 或 mg"))
    if len(cells["安装位置"]) > 80 or len(cells["访问密码"]) > 20:
        found.append(Fault(number, "安装位置", "安装位置至多 80 字，访问密码至多 20 位"))
    return found


def _device(cells: Mapping[str, str], projects: Mapping[str, int]) -> NewDevice:
    unit = UNIT_WORDS[cells["颗粒物单位"].lower()]
    return NewDevice(
        mn=cells["MN"],
        password=cells["访问密码"] or new_password(),
        project_id=projects[cells["项目编号"]],
        place=cells["安装位置"],
        interval_min=int(cells["上传间隔"] or 1),
        profile_settings={"pm_unit": unit},
        units={"pm_unit": unit},
    )
