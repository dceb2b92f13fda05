"""Structured logs on stdout: one JSON line an event, without personal data or secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FORBIDDEN = {"email", "password", "secret", "token", "authorization", "cookie", "qr", "name", "to"}
ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


def configure(process: str, *, json: bool = True) -> None:
    """Our own lines and those of the libraries, all through the redaction."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    render: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, render],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _no_traceback, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def redact(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """By name, then by shape."""
    for key, value in line.items():
        if key.lower() in FORBIDDEN:
            line[key] = "[redacted]"
        elif isinstance(value, str) and "@" in value:
            line[key] = ADDRESS.sub("[address]", value)
    return line


def _no_traceback(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = line.pop("exc_info", None)
    if isinstance(info, tuple) and info and info[0]:
        line["error"] = info[0].__name__  # pyright: ignore
    line.pop("exc_text", None)
    return line


def to_stderr() -> None:
    """Of a command whose answer goes to stdout."""
    configure("cli", json=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
