"""演示省的名单：部门、企业、项目、设备和账号，全部虚构，由常数得出。"""

import csv
from dataclasses import dataclass
from importlib.resources import files

from gongdi.cli.demo.series import DAYS, GAPPY_SENSORS, GOOD_SENSORS
from gongdi.cli.demo.stories import DevicePlan, apply_story, at
from gongdi.orgs.rules import USCC_ALPHABET, USCC_WEIGHTS

MEDIAN_ROOT = {
    "5331": 3.95,
    "8554": 3.48,
    "15462": 3.59,
    "17079": 3.36,
    "22449": 2.74,
    "22523": 1.97,
    "22597": 2.79,
    "22618": 3.32,
    "22879": 2.97,
    "23007": 3.0,
}
"""Square root of the median hourly PM10 of each sensor: the gain brings it to the level of a site."""
ALTITUDE_M = {
    "1401": 800.0,
    "1402": 1060.0,
    "1403": 740.0,
    "1404": 930.0,
    "1405": 740.0,
    "1406": 1070.0,
    "1407": 800.0,
    "1408": 370.0,
    "1409": 790.0,
    "1410": 450.0,
    "1411": 950.0,
}
PLACES = ("西南角围挡", "东门出入口", "北侧围挡", "材料堆场", "加工棚旁", "南侧道路口")
MINUTE_DEVICES = frozenset({"锦绣苑安置房一期", "御河东路南延"})
"""Sites whose first device reports every minute; the others every five."""
CITY_OWN = "1499"


@dataclass(frozen=True, slots=True)
class DemoProject:
    """One line of projects.csv; `size` is square metres or metres, `index` its place in the list."""

    index: int
    name: str
    kind: str
    division: str
    size: int
    started_days: int
    contractor: str
    devices: int
    stage: str
    story: str

    @property
    def by_length(self) -> bool:
        """Whether the size is a length."""
        return self.kind in ("ROAD", "PIPE", "BRIDGE")

    @property
    def connected_days(self) -> int | None:
        """Days before today of the connection (接入), None while not connected."""
        if self.story in ("late", "pending"):
            return None
        if self.story == "wait":
            return 5
        return max(1, self.started_days - 9 - self.index % 14)

    @property
    def since(self) -> int:
        """Minute of the history from which its devices report."""
        days = self.connected_days
        return 0 if days is None or days >= DAYS else at(days, 9)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account to sign in with: role, name of the account, person, and what it belongs to."""

    role: str
    user: str
    name: str
    subject: str


ACCOUNTS = (
    DemoAccount("province", "province", "周明远", "山西省住房和城乡建设厅"),
    DemoAccount("city", "city", "贺青禾", "太原市住房和城乡建设局"),
    DemoAccount("county", "county", "赵立安", "小店区住房和城乡建设局"),
    DemoAccount("urban", "urban", "孙望云", "小店区城市管理局"),
    DemoAccount("enterprise", "enterprise", "田守信", "汾原广厦建筑工程有限公司"),
    DemoAccount("site", "site", "贾存诚", "汾东学府苑二期"),
)


def demo_projects() -> list[DemoProject]:
    """The sixty projects in the order of the file."""
    return [
        DemoProject(
            index=index,
            name=row["name"],
            kind=row["kind"],
            division=row["division"],
            size=int(row["size"]),
            started_days=int(row["started_days"]),
            contractor=row["contractor"],
            devices=int(row["devices"]),
            stage=row["stage"],
            story=row["story"],
        )
        for index, row in enumerate(_rows("projects.csv"))
    ]


def demo_enterprises() -> dict[str, tuple[str, str]]:
    """Key to (name, 统一社会信用代码); the division 1499 does not exist, so no real firm is meant."""
    return {
        row["key"]: (row["name"], uscc(f"91{CITY_OWN}00MADEM{row['key']:0>4}"))
        for row in _rows("enterprises.csv")
    }


def uscc(body: str) -> str:
    """Seventeen characters with their check character."""
    weighted = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True))
    return body + USCC_ALPHABET[(31 - weighted % 31) % 31]


def device_number(project: DemoProject, number: int) -> str:
    """MN of one device: division, project, device; 16 characters."""
    return f"SX{project.division}{project.index + 1:04d}YC{number:02d}"


def interval_of(project: DemoProject, number: int) -> int:
    """Reporting interval in minutes."""
    return 1 if number == 1 and project.name in MINUTE_DEVICES else 5


def plan_of(project: DemoProject, number: int, device_id: int, until: int) -> DevicePlan:
    """The story of one device; devices of one sensor are shifted by whole days against each other."""
    seed = project.index * 7 + number
    sensors = GAPPY_SENSORS if project.story == "gaps" else GOOD_SENSORS
    sensor = sensors[seed % len(sensors)]
    level = 42.0 + (seed * 37) % 39
    plan = DevicePlan(
        device_id=device_id,
        interval=interval_of(project, number),
        sensor=sensor,
        rotate=(seed * 11 + number * 3) % DAYS,
        gain=level / MEDIAN_ROOT[sensor],
        seed=seed,
        altitude_m=ALTITUDE_M[project.division[:4]],
        until=until,
        since=project.since,
        lag_s=1 + seed % 5,
    )
    return apply_story(plan, project.story, number)


def behaviour_of(story: str) -> str | None:
    """How the simulated device behaves from now on; None: it stays silent."""
    return {
        "silent": None,
        "stopped": None,
        "stubborn": "stubborn",
        "backfill": "gap",
        "faulty": "faulty",
    }.get(story, "good")


def _rows(name: str) -> list[dict[str, str]]:
    path = files("gongdi.cli").joinpath("data", "demo", name)
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
