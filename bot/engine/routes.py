"""The engine's routes as an ASGI application: `GET /health`, `POST /turn`, `POST /encode`; failures are JSON errors."""

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import rasa
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.engine.actions import ActionClient
from bot.engine.errors import BadRequest, EngineError, TooLarge, TurnFailed, Unauthorized
from bot.engine.logs import log
from bot.engine.model import Model
from bot.engine.nlu.encoders import encoder
from bot.engine.protocol import MAX_BODY_BYTES, parse_encode, parse_turn
from bot.engine.turn import run_turn

TEXTS_AT_ONCE = 8
DIGITS = 7  # more than that single precision does not have


def build_app(model: Model, secret: str, connect: Callable[[], ActionClient]) -> Starlette:
    """The application around `model`; `connect` opens the action client once the event loop runs."""
    health_body = {"status": "ok", "model": model.fingerprint, "rasa": rasa.__version__}
    expected = f"Bearer {secret}".encode()
    encoding = asyncio.Semaphore(1)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.client = connect()
        try:
            yield
        finally:
            await app.state.client.close()

    async def health(_: Request) -> Response:
        return _json(health_body)

    async def answered(request: Request, answer: Callable[[bytes], Awaitable[Any]], failed: str) -> Response:
        try:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, expected):
                raise Unauthorized("the Authorization header does not hold the engine's secret")
            return _json(await answer(await _body_of(request)))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except EngineError as error:
            log(failed, logging.WARNING, code=error.code, reason=str(error), retryable=error.retryable)
            return _json(error.as_dict(), error.status)

    async def turn(request: Request) -> Response:
        return await answered(request, partial(_answer, model, request.app.state.client), "turn_failed")

    async def encode(request: Request) -> Response:
        return await answered(request, partial(_encode, model, encoding), "encode_failed")

    routes = [
        Route("/health", health, methods=["GET"]),
        Route("/turn", turn, methods=["POST"]),
        Route("/encode", encode, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _encode(model: Model, encoding: asyncio.Semaphore, body: bytes) -> dict[str, Any]:
    """A few texts at a time, on another thread, and one request after another, so that turns go on meanwhile."""
    asked = parse_encode(body)
    if asked.encoder not in model.encoders:
        known = ", ".join(sorted(model.encoders)) or "none"
        raise BadRequest(f"encoder must be one that the pipeline in config.yml uses: {known}")
    rows: list[list[float]] = []
    async with encoding:
        for start in range(0, len(asked.texts), TEXTS_AT_ONCE):
            texts = asked.texts[start : start + TEXTS_AT_ONCE]
            vectors = await asyncio.to_thread(encoder(asked.encoder).encode, texts)
            rows += vectors.astype(float).round(DIGITS).tolist()
    return {"vectors": rows, "encoder": asked.encoder}


async def _answer(model: Model, client: ActionClient, body: bytes) -> dict[str, Any]:
    turn = parse_turn(body)
    try:
        return await run_turn(model, client, turn)
    except EngineError:
        raise
    except Exception as error:
        # Whatever Rasa or a component raised: its message may quote the customer, its type and place do not.
        log("turn_raised", logging.ERROR, error=error, conversation=turn.conversation, message=turn.message.id)
        raise TurnFailed(f"{type(error).__name__} while the turn ran; the engine's log says where") from error


async def _body_of(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
    return bytes(body)


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content, default=_plain, separators=(",", ":")), status, media_type="application/json")


def _plain(value: Any) -> Any:
    """Components put numpy's numbers among their results."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no place in an answer")
