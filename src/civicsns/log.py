"""
Events of the program, structured, through the standard library's logging.

Nothing is printed unless the host application sets up logging; with it, each record carries its facts as `extra`.
No text of a draft and no secret is ever an event's fact.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from civicsns.errors import CivicsnsError

# A host that sets up no logging sees nothing, warnings included.
logging.getLogger("civicsns").addHandler(logging.NullHandler())


class Events:
    """
    The events of one module.

    Args:
        name: The module's name, which is the logger's.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **facts: Any) -> None:
        """Say that *event* happened; costs next to nothing where nobody listens."""
        if self._logger.isEnabledFor(logging.INFO):
            self._structured.info(event, **facts)

    def failed(self, event: str, error: Exception, **facts: Any) -> None:
        """Say that *event* happened because of *error*: its own words where it is ours, else no more than its name."""
        if self._logger.isEnabledFor(logging.WARNING):
            said = str(error) if isinstance(error, CivicsnsError) else type(error).__name__
            self._structured.warning(event, **facts, error=said)

    @cached_property
    def _structured(self) -> Any:
        import structlog  # noqa: PLC0415 -- 150 ms that a program without logging does not pay

        return structlog.wrap_logger(
            self._logger,
            processors=[structlog.stdlib.render_to_log_kwargs],
            wrapper_class=structlog.stdlib.BoundLogger,
        )
