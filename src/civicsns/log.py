"""
Events of the program, structured, through the standard library's logging.

Nothing is printed unless the host application sets up logging; with it, each record carries its facts as `extra`.
No text of a draft and no secret is ever an event's fact.
"""

from __future__ import annotations

import logging
from typing import cast

import structlog


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Make the logger of a module."""
    return cast(
        "structlog.stdlib.BoundLogger",
        structlog.wrap_logger(
            logging.getLogger(name),
            processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
            wrapper_class=structlog.stdlib.BoundLogger,
        ),
    )
