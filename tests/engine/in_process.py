"""A dialogue's two sides without HTTP: what customers say, and actions that answer in this very process."""

import json

SAYINGS = (
    "hello",
    "bye",
    "yes",
    "no",
    "when are you open",
    "price please",
    "I want a pizza",
    "a small pizza please",
    "large",
    "book a table",
    "2",
    "3 of them",
    "tell me a joke",
    "Main Street 1",
    "blah blah blub",
)


class ActionsInProcess:
    """Stands where the HTTP client does, and answers as an action server would."""

    async def call(self, name: str, body: bytes) -> tuple[int, bytes]:
        jokes = json.loads(body)["tracker"]["slots"]["jokes"]
        events = [{"event": "slot", "name": "jokes", "value": jokes + 1}] if name == "action_joke" else []
        return 200, json.dumps({"events": events, "responses": []}).encode()
