"""One page in one state: where it is, who looks, and what makes it so."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.looks.world import World

Path = Callable[[World], str]
Act = Callable[[Any], None]


def _nothing(_world: World) -> AbstractContextManager[Any]:
    return nullcontext()


def _no_cookies(_world: World) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class State:
    """`path` is asked in the language of the visit. `by` names one of the world's
    people; nobody is signed in without. `agent` is what the browser calls itself, where
    that matters. `act` is done in the page once it is there, and `world_is` changes the
    world for as long as it is visited. A public page is one that strangers arrive at,
    and its weight counts.
    """

    name: str
    path: Path
    by: str = ""
    agent: str = ""
    status: int = 200
    is_public: bool = False
    cookies: Callable[[World], Mapping[str, str]] = _no_cookies
    settings: Mapping[str, Any] = field(default_factory=dict)
    act: Act | None = None
    world_is: Callable[[World], AbstractContextManager[Any]] = _nothing

    def __str__(self) -> str:
        return self.name


def at(path: str) -> Path:
    """A fixed address without a language before it."""
    return lambda _world: path
