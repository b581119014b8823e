"""CSV 登记设备：一行不对，整个文件都不登记，并说出哪一行、哪一项。"""

from pathlib import Path

import pytest
from django.db import connection

from gongdi.cli import device
from gongdi.config.load import ConfigError
from gongdi.equipment.models import Device, DeviceSetting
from gongdi.projects.models import Project
from tests.builders import make_device, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Project:
    """A project to register for."""
    return make_project()


def file(folder: Path, *lines: str, encoding: str = "utf-8") -> str:
    """A CSV file of these lines."""
    path = folder / "devices.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return str(path)


def refused(folder: Path, *lines: str, encoding: str = "utf-8") -> str:
    """The sentence of a refused file; nothing of it is stored."""
    before = Device.objects.count()
    with pytest.raises(ConfigError) as error:
        device.run(["add", "--file", file(folder, *lines, encoding=encoding)])
    assert Device.objects.count() == DeviceSetting.objects.count() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM gateway_device")
        assert cursor.fetchone() == (before,)
    return str(error.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_right_file_is_registered_whole(
    tmp_path: Path, site: Project, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Excel 存的 UTF-8 带 BOM，同样认。"""
    lines = ("mn,password,project,profile", f"MN01,pw,{site.number},", "MN02, p2 ,,crc-modbus", "")
    assert device.run(["add", "--file", file(tmp_path, *lines, encoding=encoding)]) == 0
    assert "已登记 2 台设备" in capsys.readouterr().out
    first, second = Device.objects.order_by("mn")
    assert (first.project_id, first.profile) == (site.id, "strict")
    assert (second.project.holding, second.profile) == (True, "crc-modbus")


def test_the_last_two_columns_may_be_missing(tmp_path: Path) -> None:
    assert device.run(["add", "--file", file(tmp_path, "mn,password", "MN01,pw")]) == 0
    assert Device.objects.get().project.holding


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",pw,,", "第 {line} 行缺少 mn 或 password"),
        ("MN09,,,", "第 {line} 行缺少 mn 或 password"),
        ("MN09,pw,NO-SUCH,", "没有编号为 NO-SUCH 的项目"),
        ("MN09,pw,,no-such-profile", "no-such-profile"),
        ("MN01,other,,", "设备编号 MN01 已登记"),
        (f"{'M' * 41},pw,,", "设备编号最长 40 个字符"),
        ("MN 09,pw,,", "不能有空格"),
    ],
)
def test_one_wrong_row_keeps_all_rows_out(tmp_path: Path, at: int, row: str, sentence: str) -> None:
    lines = ["mn,password,project,profile", "MN01,pw,,", "MN02,pw,,", "MN03,pw,,"]
    lines.insert(at, row)
    said = refused(tmp_path, *lines)
    assert sentence.format(line=at + 1) in said
    assert said.endswith("。")


def test_a_number_that_is_registered_already_keeps_the_new_ones_out(tmp_path: Path) -> None:
    make_device(mn="MN02")
    assert "MN02 已登记" in refused(tmp_path, "mn,password", "MN01,pw", "MN02,pw", "MN03,pw")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("编号,密码", "MN01,pw"), "第一行应是表头"),
        (("mn;password", "MN01;pw"), "第一行应是表头"),
        ((), "第一行应是表头"),
        (("MN01,pw", "MN02,pw"), "第一行应是表头"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, lines: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(tmp_path, *lines)


def test_a_file_in_another_encoding_is_refused_and_not_garbled(tmp_path: Path) -> None:
    said = refused(tmp_path, "mn,password,project", "MN01,pw,项目一", encoding="gbk")
    assert "UTF-8" in said


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="读不了"):
        device.run(["add", "--file", str(tmp_path / "none.csv")])


@pytest.mark.parametrize("words", [["add"], ["add", "MN01"], ["add", "--password", "pw"]])
def test_number_and_password_belong_together(words: list[str]) -> None:
    with pytest.raises(ConfigError, match="设备编号和 --password"):
        device.run(words)
    assert not Device.objects.exists()
