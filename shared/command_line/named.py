"""What a service's commands need, by its name (`services.identity.consumers:handlers`): imported when it is first used.

A relay that loads neither consumers nor operations starts in half of the time and holds a third less memory, and a
service has a handful of such processes.
"""

from collections.abc import Sequence
from functools import cached_property
from pkgutil import resolve_name
from typing import Any, overload


class Function:
    """Calls the named function."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any) -> Any:
        """Return what it returns."""
        return resolve_name(self.name)(*arguments)


class Items(Sequence[Any]):
    """The items of the named sequence."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = resolve_name(self.name)
        return found

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)
