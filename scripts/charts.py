"""Draws charts as SVG with matplotlib, which `scripts/venv.sh charts` installs. The same data gives the same file."""

from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot, ticker  # noqa: E402 (after the choice of SVG)

STYLE = {
    # Constant ids, and text as text: small files, and a difference shows what has changed.
    "svg.hashsalt": "charts",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": "#d8dee4",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "lines.markersize": 5,
}
# Colors that people with color blindness can tell apart: https://jfly.uni-koeln.de/color/
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

Series = dict[str, list[tuple[float, float]]]


def line_chart(file: Path, title: str, x_label: str, y_label: str, series: Series) -> None:
    """Writes a chart with one line for each series. Both axes are logarithmic."""
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
        axes.set_prop_cycle(color=COLORS)
        for name, points in series.items():
            axes.plot(*zip(*points), marker="o", label=name)
        axes.set(title=title, xlabel=x_label, ylabel=y_label, xscale="log", yscale="log")
        axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
            axis.set_minor_formatter(ticker.NullFormatter())
        axes.legend()
        save(figure, file)


def bar_chart(file: Path, title: str, x_label: str, labels: list[str], series: dict[str, list[float]]) -> None:
    """Writes a chart with a group of horizontal bars for each label, and in it one bar for each series."""
    height = 0.8 / len(series)
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(8, 1 + 0.45 * len(labels)), layout="constrained")
        for index, ((name, values), color) in enumerate(zip(series.items(), COLORS)):
            axes.barh([row + index * height for row in range(len(labels))], values, height, color=color, label=name)
        axes.set_yticks([row + 0.4 - height / 2 for row in range(len(labels))], labels)
        axes.invert_yaxis()
        axes.set(title=title, xlabel=x_label)
        axes.legend()
        save(figure, file)


def save(figure: pyplot.Figure, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # White, because the page behind it may be dark; without a date, so that equal data gives equal files.
    figure.savefig(file, facecolor="white", metadata={"Date": None})
    pyplot.close(figure)
