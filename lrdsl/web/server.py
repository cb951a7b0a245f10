"""The local page: an application that looks at programs which a browser sends.

It is for one person on one machine. The texts may come from anywhere (a link, a paste), so they
are treated as a stranger's: they are parsed, never run; what they may cost is bounded; and no
other site can ask on the person's behalf. docs/security.md says what is held against what.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any

import uvicorn
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from lrdsl.web.data import looked_at

LOOPBACK = ("127.0.0.1", "localhost")
MAX_BODY = 128 * 1024  # bytes of a question
MAX_TEXT = 8 * 1024  # characters of a program: ten times what people write
MAX_PROGRAMS = 8
AT_ONCE = 2  # questions that are worked on; others wait

TYPES = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]  # not a text of one
Quantity = Number | Annotated[str, Field(max_length=100)]


class _Program(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MAX_TEXT)]
    name: Annotated[str, Field(max_length=200)] = ""


class Question(BaseModel):
    """What the page asks: programs, and the one run that all of them are for."""

    model_config = ConfigDict(extra="forbid")

    programs: Annotated[list[_Program], Field(max_length=MAX_PROGRAMS)]
    total: Quantity | None = None
    tick: Annotated[str, Field(max_length=20)] | None = None
    steps_per_epoch: Quantity | None = None
    tokens_per_step: Quantity | None = None
    examples_per_step: Quantity | None = None
    lr: Annotated[float, Field(allow_inf_nan=False)] = 1.0

    def answer(self) -> dict[str, Any]:
        """The page's data, see `lrdsl.web.data.looked_at`."""
        run = self.model_dump(exclude={"programs", "lr"}, exclude_none=True)
        return looked_at([(p.name, p.text) for p in self.programs], self.lr, **run)


def application() -> Starlette:
    """The page, its data and nothing else: no files but our own, no state."""
    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/static/{name}", _static),
            Route("/api/gallery", _gallery),
            Route("/api/look", _look, methods=["POST"]),
        ],
        # a foreign name that resolves to this machine is another site's way in
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))],
    )
    app.state.turns = asyncio.Semaphore(AT_ONCE)
    return app


async def _index(request: Request) -> Response:
    page = _file("index.html").read_text("utf-8")
    return HTMLResponse(page, headers={**HEADERS, "Content-Security-Policy": POLICY})


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    kind = next((TYPES[end] for end in TYPES if name.endswith(end)), None)
    if kind is None or name not in _names():
        return _refused("there is no such file", 404)
    return Response(_file(name).read_bytes(), media_type=kind, headers=HEADERS)


async def _gallery(request: Request) -> Response:
    return JSONResponse(_schedules(), headers=HEADERS)


async def _look(request: Request) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":  # another site's form cannot send it unasked
        return _refused("send application/json", 415)
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{request.headers.get('host')}":
        return _refused("another site has no business here", 403)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return _refused(f"a question has at most {MAX_BODY // 1024} KiB", 413)
    try:
        question = Question.model_validate_json(bytes(body))
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        return _refused(f"{where}: {first['msg']}" if where else first["msg"], 422)
    async with request.app.state.turns:
        answer = await run_in_threadpool(question.answer)
    return JSONResponse(answer, headers=HEADERS)


def _refused(why: str, status: int) -> Response:
    return JSONResponse({"error": why}, status_code=status, headers=HEADERS)


# --- our own files --------------------------------------------------------------------------------


def _file(name: str) -> Traversable:
    return files("lrdsl.web") / "static" / name


@cache
def _names() -> frozenset[str]:
    """What may be asked for: a name is looked up among these, never joined to a path."""
    return frozenset(file.name for file in (files("lrdsl.web") / "static").iterdir())


@cache
def _schedules() -> list[dict[str, Any]]:
    """Published schedules, to begin from."""
    found: list[dict[str, Any]] = json.loads(_file("gallery.json").read_text("utf-8"))
    return found


def serve(port: int, started: Callable[[str], None]) -> None:
    """Answer on this machine alone until interrupted.

    Args:
        port: 0 takes one that is free.
        started: is told the page's address as soon as it answers.

    Raises:
        OSError: the port cannot be had.
    """
    import_module("numpy")  # the first answer does not wait for it

    listener = socket.create_server((LOOPBACK[0], port))
    address = f"http://{LOOPBACK[0]}:{listener.getsockname()[1]}/"
    config = uvicorn.Config(application(), log_level="warning", lifespan="off", ws="none")
    started(address)  # the socket listens: a browser that comes early waits
    with listener:
        uvicorn.Server(config).run(sockets=[listener])
