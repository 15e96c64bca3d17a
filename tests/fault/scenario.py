"""The table of scenarios: each is a function with a name, a chapter and the promise that it proves.

A scenario gets a World (world.py), does harm, and lets the oracle look. It returns a line of figures or
None, raises Failed (or any other exception) where the promise does not hold, and Skipped with the reason
where this machine cannot show it.
"""

import dataclasses
import typing


class Failed(Exception):
    """The promise does not hold; the text says what was seen."""


class Skipped(Exception):
    """This machine cannot show it; the text says why and what is missing."""


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    chapter: int
    proves: str
    run: typing.Callable
    seconds: int  # after which a short run counts as hung


SCENARIOS: dict[str, Scenario] = {}


def scenario(name, chapter, proves, seconds=60):
    def register(function):
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are named {name}")
        SCENARIOS[name] = Scenario(name, chapter, proves, function, seconds)
        return function

    return register


def require(condition, message):
    """An assertion that `python3 -O` keeps."""
    if not condition:
        raise Failed(message)


def require_equal(seen, wanted, what):
    if seen != wanted:
        raise Failed(f"{what}: {seen!r} instead of {wanted!r}")
