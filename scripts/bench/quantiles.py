"""Medians, with the spread around them."""

import math


def quantile(values: list[float], share: float) -> float:
    """Returns the smallest value that is at least as great as `share` of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def middle(values: list[float]) -> dict[str, float]:
    """Returns the median and the quartiles."""
    names = {"median": 0.5, "low": 0.25, "high": 0.75}
    return {name: round(quantile(values, share), 1) for name, share in names.items()}


def differ(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two figures differ by more than their noise: the ranges between their quartiles do not overlap."""
    return one["high"] < other["low"] or other["high"] < one["low"]
