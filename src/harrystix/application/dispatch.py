"""By kind of fact: a small table of functions, for reactions and projections alike."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from harrystix.domain.base import Fact

R = TypeVar("R")
F = TypeVar("F", bound=Fact)
S = TypeVar("S")


class Dispatch(Generic[S, R]):
    """Functions of (state, position, fact). Facts that nobody registered for are none of our business."""

    def __init__(self) -> None:
        self._by_kind: dict[type[Fact], Callable[[S, int, Any], R]] = {}

    def on(self, *kinds: type[F]) -> Callable[[Callable[[S, int, F], R]], Callable[[S, int, F], R]]:
        def register(function: Callable[[S, int, F], R]) -> Callable[[S, int, F], R]:
            for kind in kinds:
                if kind in self._by_kind:
                    raise ValueError(f"{kind.__qualname__} is handled twice.")
                self._by_kind[kind] = function
            return function

        return register

    @property
    def kinds(self) -> list[type[Fact]]:
        return list(self._by_kind)

    def __call__(self, state: S, position: int, fact: Fact) -> R | None:
        function = self._by_kind.get(type(fact))
        return function(state, position, fact) if function else None
