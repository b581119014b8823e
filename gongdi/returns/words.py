"""回传率在页面和导出里的写法：分子分母成对，截断不进位。"""

from gongdi.returns.queries import StreamRate


def pair(stream: StreamRate) -> str:
    """n/N of a stream: 47.79/48, the numerator truncated to two decimals; words when it does not apply."""
    if stream.rate is None:
        return stream.text
    hundredths = int(stream.numerator * 100)
    figure = f"{hundredths // 100:,}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"{figure}/{stream.denominator:,}"
