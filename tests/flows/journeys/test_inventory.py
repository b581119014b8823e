"""旅程 B6、B7、C6：五百行导入、许可比对、按许可证建档。"""

import uuid
from pathlib import Path
from typing import Any

from tests.builders import uscc
from tests.flows.demo_site import DemoSite, opened
from tests.flows.journey import Journey

HEAD = "项目编号,项目名称,工程类别,区划,施工总承包,施工总承包代码,占地面积,开工日期\n"


def rows(count: int, mark: str, wrong: set[int]) -> str:
    lines = [
        f"{mark}{n:04d},新报监{mark}{n}号,{'别墅' if n in wrong else '房屋建筑'},140105,导入公司{n % 9}号,{uscc(n % 9 + 700)},9000,2026-11-02\n"
        for n in range(count)
    ]
    return HEAD + "".join(lines)


def test_b6_five_hundred_rows_and_only_the_wrong_ones_again(
    chromium: Any, demo_site: DemoSite, tmp_path: Path
) -> None:
    mark = f"B{uuid.uuid4().hex[:6].upper()}"
    whole, mended = tmp_path / "清单.csv", tmp_path / "改好的行.csv"
    whole.write_text(rows(500, mark, {3, 77}), encoding="utf-8")
    good = rows(500, mark, set()).splitlines(keepends=True)
    mended.write_text("".join([good[0], good[4], good[78]]), encoding="utf-8")
    with opened(chromium, demo_site, "county") as page, Journey(page, "B6", limit=9, seconds=120) as trip:
        trip.click("link", "台账导入", within=("navigation", "主菜单"))
        trip.upload("清单文件", whole)
        trip.click("button", "上传并核对")
        trip.see("可填：房屋建筑、市政道路")
        trip.click("button", "登记 498 行")
        trip.see("登记了 498 个项目")
        trip.click("link", "台账导入", within=("navigation", "位置"))
        trip.upload("清单文件", mended)
        trip.click("button", "上传并核对")
        trip.click("button", "登记 2 行")
        trip.see("登记了 2 个项目")


def test_b7_permits_that_are_not_in_the_inventory(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "county") as page, Journey(page, "B7", limit=2, seconds=15) as trip:
        trip.click("link", "许可比对", within=("navigation", "主菜单"))
        trip.see("已许可未入库")
        trip.see("坞城新苑三期")


def test_c6_a_project_from_its_permit(chromium: Any, demo_site: DemoSite) -> None:
    """Nine of eleven fields come from the permit; only number and start are typed."""
    number = permit_of(chromium, demo_site, "坞城新苑三期")
    with opened(chromium, demo_site, "enterprise") as page, Journey(page, "C6", limit=5, seconds=180) as trip:
        trip.click("link", "项目清单", within=("navigation", "主菜单"))
        trip.click("link", "新建项目")
        trip.fill("施工许可证编号", number)
        trip.click("button", "带出许可信息")
        trip.see("汾原广厦建筑工程有限公司")
        trip.fill("项目编号", f"SX{uuid.uuid4().hex[:10].upper()}")
        trip.fill("开工日期", "2026-11-20")
        trip.click("button", "建档")
        trip.see("已建档，接入期限")
        assert trip.fields <= 3


def permit_of(browser: Any, site: DemoSite, name: str) -> str:
    """Number of a permit, read from the county's list as a clerk would read it from the paper."""
    with opened(browser, site, "county") as page:
        page.goto(f"{site.base}/inventory/permits?view=all&q={name}")
        return str(page.locator("tbody code").first.inner_text())
