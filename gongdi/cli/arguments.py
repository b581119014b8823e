"""命令行参数：写错时用一句中文说明，退出码 2。"""

import argparse
from typing import NoReturn

from gongdi.config.load import ConfigError


def count(text: str) -> int:
    """A whole number from 1 on, the type of an argument."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise ValueError(text)
    return number


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one Chinese sentence instead of an English usage."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"参数不对，请用 {self.prog} --help 查看用法。")
