"""What was computed from an object, kept with it for as long as it lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Once:
    """An object that keeps what was computed from it; a copy with other values starts with nothing."""

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` computes from this object, computed when it is first asked for by this key."""
        made = vars(self).setdefault("_made", {})
        if key not in made:
            made[key] = make()
        return made[key]
