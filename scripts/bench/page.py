"""Writes the figures of bench/results.json into docs/performance.md, and draws its charts."""

from programs import ROOT
from quantiles import differ

PAGE = ROOT / "docs/performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

# The rows of the table: what the figure is called, its name in the results, and how it is written.
ROWS = (
    ("binary, MB", "binary", lambda value: f"{value / 1e6:.2f}"),
    ("zipped, MB", "zip", lambda value: f"{value / 1e6:.2f}"),
    ("instructions of init without a connection, million", "initInstructions", lambda value: f"{value / 1e6:.2f}"),
    ("instructions of a warm invocation, thousand", "warmInstructions", lambda value: f"{value / 1e3:,.0f}"),
    ("process start to first `next`, ms", "init", lambda value: f"{value / 1e3:.1f}"),
    ("first invocation, ms", "first", lambda value: f"{value / 1e3:.1f}"),
    ("CPU of init, ms", "initCpu", lambda value: f"{value / 1e3:.1f}"),
    ("CPU of the first invocation, ms", "firstCpu", lambda value: f"{value / 1e3:.1f}"),
    ("CPU of a warm invocation, µs", "warmCpu", lambda value: f"{value:,.0f}"),
    ("warm invocation, p50, µs", "warmP50", lambda value: f"{value:,.0f}"),
    ("warm invocation, p99, µs", "warmP99", lambda value: f"{value:,.0f}"),
    ("peak memory after init, MB", "initMemory", lambda value: f"{value / 1e6:.1f}"),
    ("peak memory, MB", "memory", lambda value: f"{value / 1e6:.1f}"),
)
OURS, PEER = "users-get", "peer"
DOOR = "cargo local"


def write(results: dict) -> None:
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{figures(results)}\n{END}{after}")
    # Imported here, because the tests of this file run without the charts' library.
    import page_charts

    page_charts.draw(results)


def figures(results: dict) -> str:
    """Returns the generated part of the page."""
    parts = [circumstances(results)]
    if "functions" in results:
        parts.append(functions_table(results["functions"]))
    if "frontDoor" in results:
        parts.append(front_door_table(results["frontDoor"]))
    if "functions" in results and "frontDoor" in results:
        parts.append(added_table(results["frontDoor"], results["functions"]["hello"]["warmP50"]))
    return "\n\n".join(parts)


def circumstances(results: dict) -> str:
    machine, versions = results["machine"], results["versions"]
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return (
        f"Measured on {results['date']} by `{results['command']}`: {machine['processor']}, {machine['cores']} cores "
        f"({machine['architecture']}), {machine['memoryGb']} GB, {machine['system']}; {named}."
    )


def functions_table(functions: dict) -> str:
    lines = [
        f"| | {' | '.join(functions)} | {OURS} : {PEER} |",
        f"|---|{'---:|' * (len(functions) + 1)}",
    ]
    for title, name, text in ROWS:
        cells = [text(median(figures[name])) for figures in functions.values()]
        lines.append(f"| {title} | {' | '.join(cells)} | {ratio(functions[OURS][name], functions[PEER][name])} |")
    return "\n".join(lines)


def front_door_table(doors: dict) -> str:
    connections = list(next(iter(doors.values())))
    lines = [
        f"| requests/s (p50, µs) | {' | '.join(f'{number} connection' if number == '1' else f'{number} connections' for number in connections)} |",
        f"|---|{'---:|' * len(connections)}",
    ]
    for title, loads in doors.items():
        lines.append(f"| {title} | {' | '.join(load_cell(loads[number]) for number in connections)} |")
    # How many times the requests per second of each other server.
    for title in doors:
        if title != DOOR:
            pairs = [(doors[DOOR][number]["perSecond"], doors[title][number]["perSecond"]) for number in connections]
            cells = [ratio(ours, other) if other["median"] else "–" for ours, other in pairs]
            lines.append(f"| {DOOR} : {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def load_cell(load: dict) -> str:
    p50 = load["p50"]
    return f"{load['perSecond']['median']:,.0f} ({p50['median']:,.0f})" if p50 else "no answers"


def added_table(doors: dict, direct: dict) -> str:
    """Returns what each front door adds to the duration of an invocation, with one connection."""
    lines = ["| p50 with one connection, µs | measured | added |", "|---|---:|---:|", f"| `hello`, by its Runtime API alone | {direct['median']:,.0f} | |"]
    for title, loads in doors.items():
        p50 = loads["1"]["p50"]
        noisy = "" if differ(p50, direct) else "≈ "
        lines.append(f"| {title} | {p50['median']:,.0f} | {noisy}{p50['median'] - direct['median']:,.0f} |")
    return "\n".join(lines)


def median(figure: dict | float) -> float:
    return figure["median"] if isinstance(figure, dict) else figure


def ratio(ours: dict | float, other: dict | float) -> str:
    """Returns a ratio, marked with ≈ if the difference is within the noise."""
    noisy = isinstance(ours, dict) and not differ(ours, other)
    return f"{'≈ ' if noisy else ''}{median(ours) / median(other):.2f}"
