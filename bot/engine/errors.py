"""Every way a turn can fail, as one tree of exceptions; each knows its status code and whether trying again may help.

    EngineError
    ├── Unauthorized      401
    ├── BadRequest        400
    ├── TooLarge          413
    ├── BadHistory        422
    ├── ActionFailed      502
    ├── ActionUnavailable 503, retryable
    ├── ActionTimeout     504, retryable
    └── TurnFailed        500

    StartError   what keeps the engine from starting, in one line

Messages are read by operators and kept in logs: they never hold a customer's words.
"""

from typing import Any


class EngineError(Exception):
    """A turn that has no answer, and why."""

    status = 500
    code = "turn_failed"
    retryable = False

    def as_dict(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": str(self), "retryable": self.retryable}}


class Unauthorized(EngineError):
    status = 401
    code = "unauthorized"


class BadRequest(EngineError):
    status = 400
    code = "bad_request"


class TooLarge(EngineError):
    status = 413
    code = "too_large"


class BadHistory(EngineError):
    """The history sent is not one that the engine gave out."""

    status = 422
    code = "bad_history"


class ActionFailed(EngineError):
    """An action answered that it failed, or answered what nobody can use."""

    status = 502
    code = "action_failed"


class ActionUnavailable(EngineError):
    status = 503
    code = "action_unavailable"
    retryable = True


class ActionTimeout(EngineError):
    status = 504
    code = "action_timeout"
    retryable = True


class TurnFailed(EngineError):
    pass


class StartError(Exception):
    """The engine cannot start; the message is one line that says why and how to mend it."""
