"""Simulates which requests meet a cold start, and how long requests take.

Requests arrive at random (Poisson), and a few routes get most of them (Zipf). Lambda starts an execution environment
when all environments of the function are busy, uses the one that became free last, and ends environments that are idle
for too long or too old. docs/scale.md says what is known about these rules.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate

# A function has a whole core at this size, and a proportional share below:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEMORY_OF_ONE_CORE_MB = 1769


@dataclass(frozen=True)
class Platform:
    """What Lambda and DynamoDB do."""

    idle_seconds: float = 300
    lifetime_seconds: float = 2 * 3600
    memory_mb: int = 256
    # Until the process starts: creating the environment and downloading the code.
    start_ms: float = 100
    # The median of the time in which a request waits for DynamoDB. One in a hundred waits 2.4 times as long.
    wait_ms: float = 5

    @property
    def share_of_core(self) -> float:
        return min(1.0, self.memory_mb / MEMORY_OF_ONE_CORE_MB)


@dataclass(frozen=True)
class Design:
    """A way to arrange routes in functions, with the measured milliseconds on a whole core."""

    name: str
    function_per_route: bool
    init_ms: float
    first_ms: float
    warm_ms: float

    def warm_seconds(self, platform: Platform) -> float:
        return self.warm_ms / platform.share_of_core / 1000

    def cold_seconds(self, platform: Platform) -> float:
        """Returns the time of a request that meets a cold start, without its wait for DynamoDB. Init has a whole core."""
        return (platform.start_ms + self.init_ms + self.first_ms / platform.share_of_core) / 1000


@dataclass(frozen=True)
class Request:
    at: float
    route: int
    wait: float


@dataclass(frozen=True)
class Outcome:
    """What the requests of one design met: the share of cold starts, and durations in milliseconds, sorted."""

    cold_share: float
    durations_ms: list[float]

    def percentile(self, percent: float) -> float:
        """Returns the smallest duration that is not exceeded by `percent` of the requests."""
        rank = math.ceil(percent / 100 * len(self.durations_ms))
        return self.durations_ms[max(rank, 1) - 1]


def zipf(routes: int) -> list[float]:
    """Returns the share of each route: the second gets half as many requests as the first, the third a third."""
    weights = [1 / rank for rank in range(1, routes + 1)]
    return [weight / sum(weights) for weight in weights]


def traffic(rate: float, requests: int, shares: list[float], platform: Platform, seed: int) -> list[Request]:
    """Returns as many requests on average, at `rate` a second, after a time in which environments come into being.

    Requests before time 0 are that warm-up. It lasts as long as an environment may be idle: what was used before has
    ended at time 0.
    """
    chance = random.Random(f"{seed} {rate}")
    cumulative = list(accumulate(shares))
    sigma = math.log(2.4) / 2.326
    at, made = -platform.idle_seconds, []
    while (at := at + chance.expovariate(rate)) < requests / rate:
        route = min(bisect_left(cumulative, chance.random()), len(shares) - 1)
        made.append(Request(at, route, platform.wait_ms * chance.lognormvariate(0, sigma) / 1000))
    return made


def simulate(requests: Iterable[Request], design: Design, platform: Platform, seed: int) -> Outcome:
    """Serves the requests with one function, or one for each route."""
    arrivals: dict[int, list[Request]] = {}
    for request in requests:
        arrivals.setdefault(request.route if design.function_per_route else 0, []).append(request)
    durations, cold_starts = [], 0
    for function, arrived in arrivals.items():
        for at, cold, duration in serve(arrived, design, platform, random.Random(f"{seed} {function}")):
            if at >= 0:
                durations.append(duration * 1000)
                cold_starts += cold
    return Outcome(cold_starts / len(durations), sorted(durations))


def serve(requests: Iterable[Request], design: Design, platform: Platform, chance: random.Random) -> Iterator[tuple[float, bool, float]]:
    """Serves the requests of one function. Yields for each its arrival, whether it met a cold start, and its duration."""
    warm, cold = design.warm_seconds(platform), design.cold_seconds(platform)
    # Environments by the time at which they are free, with the time at which Lambda ends them.
    idle: list[tuple[float, float]] = []
    busy: list[tuple[float, float]] = []
    for request in requests:
        while busy and busy[0][0] <= request.at:
            idle.append(heappop(busy))
        ends = None
        while idle and ends is None:
            free, end = idle.pop()
            if request.at - free > platform.idle_seconds:
                # The others have been idle for longer.
                idle.clear()
            elif request.at < end:
                ends = end
        is_cold = ends is None
        if is_cold:
            ends = request.at + chance.expovariate(1 / platform.lifetime_seconds)
        duration = (cold if is_cold else warm) + request.wait
        heappush(busy, (request.at + duration, ends))
        yield request.at, is_cold, duration
