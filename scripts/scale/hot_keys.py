"""Simulates many writes to one item, or to one partition of an index.

A partition of DynamoDB has a limited number of write units each second. A transaction also holds its items until it is
done, and DynamoDB refuses another transaction on the same item meanwhile. The store then tries again after a random
time, as crates/kit/dynamodb/src/retry.rs does. docs/scale.md says what is known about these rules.
"""

import math
import random
from dataclasses import dataclass
from heapq import heappop, heappush

# The limit of each partition: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
PARTITION_WRITE_UNITS = 1000
# How long the store tries again.
RETRY_SECONDS = 3


@dataclass(frozen=True)
class Write:
    """A write of which many meet one key."""

    write_units: float
    # How long a transaction holds the item. Not for single writes, which DynamoDB puts in order.
    hold_ms: float
    # What the store does before each attempt, such as reading the item; and the time until an answer.
    prepare_ms: float = 5


@dataclass(frozen=True)
class Outcome:
    """What the requests at one rate met."""

    done_per_second: float
    failed_share: float
    conflicts_per_request: float
    durations_ms: list[float]

    def percentile(self, percent: float) -> float:
        rank = math.ceil(percent / 100 * len(self.durations_ms))
        return self.durations_ms[max(rank, 1) - 1]


def simulate(write: Write, rate: float, keys: int, seconds: float, seed: int) -> Outcome:
    """Sends `rate` requests a second to `keys` keys of which each request takes one at random."""
    chance = random.Random(f"{seed} {rate} {keys}")
    free_at = [0.0] * keys
    # Units that are left, and when they were counted. A partition does not save units for more than a second here.
    left, counted = [float(PARTITION_WRITE_UNITS)] * keys, [0.0] * keys
    durations, failed, conflicts, arrived, done = [], 0, 0, 0, 0
    # Attempts: when, the number of the request, its arrival, its key, how many attempts failed.
    attempts: list[tuple[float, int, float, int, int]] = []
    arrival = chance.expovariate(rate)
    while arrival < seconds or attempts:
        if arrival < seconds and (not attempts or arrival <= attempts[0][0]):
            heappush(attempts, (arrival + write.prepare_ms / 1000, arrived, arrival, chance.randrange(keys), 0))
            arrived += 1
            arrival += chance.expovariate(rate)
            continue
        now, number, began, key, misses = heappop(attempts)
        left[key] = min(PARTITION_WRITE_UNITS, left[key] + (now - counted[key]) * PARTITION_WRITE_UNITS)
        counted[key] = now
        if now >= free_at[key] and left[key] >= write.write_units:
            left[key] -= write.write_units
            free_at[key] = now + write.hold_ms / 1000
            durations.append((now - began) * 1000 + write.hold_ms)
            done += now < seconds
            continue
        conflicts += 1
        answered = now + write.prepare_ms / 1000
        if answered - began >= RETRY_SECONDS:
            failed += 1
            continue
        pause = chance.randint(1, 10 << min(misses, 5)) / 1000
        heappush(attempts, (answered + pause + write.prepare_ms / 1000, number, began, key, misses + 1))
    return Outcome(done / seconds, failed / arrived, conflicts / arrived, sorted(durations))
