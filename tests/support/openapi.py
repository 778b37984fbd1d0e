"""Holds requests and answers against the description of the shop's API, as far as that uses OpenAPI and JSON Schema.

A word of JSON Schema that the description uses and this does not know is an error: nothing is passed over unchecked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ruamel.yaml import YAML

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_SAYS_NOTHING = {"description", "default", "title"}


class NotAsDescribed(AssertionError):
    """Something was sent that the description does not have."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any


@dataclass
class Description:
    """The OpenAPI description; `seen` collects the operations and statuses that were held against it."""

    document: dict[str, Any]
    seen: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def load(cls, path: Path) -> Description:
        return cls(_read(path))

    @property
    def described(self) -> set[tuple[str, str]]:
        """Every (operation, status) it has."""
        return {
            (operation["operationId"], status)
            for item in self.document["paths"].values()
            for operation in item.values()
            for status in operation["responses"]
        }

    def hold(self, exchange: Exchange) -> None:
        """Compare an exchange with the description.

        Raises:
            NotAsDescribed: with the place where they differ.
        """
        operation, in_path = self._operation(exchange)
        where = f"{exchange.method} {exchange.path}"
        self._hold_parameters(operation, exchange, in_path, where)
        if not exchange.headers.get("Authorization", "").startswith("Bearer "):
            raise NotAsDescribed(f"{where}: no bearer token")
        if "requestBody" in operation:
            self._hold_content(self._followed(operation["requestBody"]), exchange.body, f"{where}: request")
        elif exchange.body is not None:
            raise NotAsDescribed(f"{where}: a body")
        status = str(exchange.status)
        if status not in operation["responses"]:
            raise NotAsDescribed(f"{where}: status {status}")
        response = self._followed(operation["responses"][status])
        self._hold_content(response, exchange.answer, f"{where}: {status}")
        self.seen.add((operation["operationId"], status))

    def hold_value(self, schema: str, value: Any) -> None:
        """Compare a value with one of the named schemas.

        Raises:
            NotAsDescribed: with the place where they differ.
        """
        self._hold(self.document["components"]["schemas"][schema], value, schema)

    def _operation(self, exchange: Exchange) -> tuple[dict[str, Any], dict[str, str]]:
        for template, item in self.document["paths"].items():
            names = re.findall(r"\{(\w+)\}", template)
            found = re.fullmatch(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template)), exchange.path)
            if found and exchange.method.lower() in item:
                values = map(unquote, found.groups())
                return item[exchange.method.lower()], dict(zip(names, values, strict=True))
        raise NotAsDescribed(f"{exchange.method} {exchange.path} is no operation")

    def _hold_parameters(
        self, operation: dict[str, Any], exchange: Exchange, in_path: Mapping[str, str], where: str
    ) -> None:
        parameters = [self._followed(parameter) for parameter in operation.get("parameters", ())]
        given = {"path": in_path, "query": exchange.query, "header": exchange.headers}
        for parameter in parameters:
            value: Any = given[parameter["in"]].get(parameter["name"])
            if value is None and parameter.get("required"):
                raise NotAsDescribed(f"{where}: {parameter['name']} is missing")
            if value is not None:
                value = int(value) if parameter["schema"]["type"] == "integer" else value
                self._hold(parameter["schema"], value, f"{where}: {parameter['name']}")
        known = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
        if strange := set(exchange.query) - known:
            raise NotAsDescribed(f"{where}: {strange} in the query")

    def _hold_content(self, of: dict[str, Any], value: Any, where: str) -> None:
        self._hold(of["content"]["application/json"]["schema"], value, where)

    def _followed(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node and set(node) <= {"$ref", "description"}:
            found: Any = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            node = found
        return node

    def _hold(self, schema: dict[str, Any], value: Any, where: str) -> None:
        problem = next(self._problems(self._followed(schema), value, where), None)
        if problem:
            raise NotAsDescribed(problem)

    def _problems(self, schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
        for word, wanted in schema.items():
            if word in _SAYS_NOTHING:
                continue
            check = getattr(self, f"_check_{word}", None)
            if check is None:
                yield f"{where}: nothing here checks {word!r}"
            elif not check(wanted, value):
                yield f"{where}: {value!r} against {word} {wanted!r}"
        if isinstance(value, dict):
            for name, inner in value.items():
                of = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
                if of is not None:
                    yield from self._problems(self._followed(of), inner, f"{where}.{name}")
                elif "properties" in schema:
                    yield f"{where}: {name} is not described"
        if isinstance(value, list) and "items" in schema:
            for place, inner in enumerate(value):
                yield from self._problems(self._followed(schema["items"]), inner, f"{where}[{place}]")

    def _check_type(self, wanted: str | list[str], value: Any) -> bool:
        names = [wanted] if isinstance(wanted, str) else wanted
        return any(isinstance(value, _TYPES[name]) and (name != "integer" or value is not True) for name in names)

    def _check_oneOf(self, wanted: list[dict[str, Any]], value: Any) -> bool:
        fitting = [one for one in wanted if next(self._problems(self._followed(one), value, ""), None) is None]
        return len(fitting) == 1

    def _check_required(self, wanted: list[str], value: Any) -> bool:
        return not isinstance(value, dict) or set(wanted) <= set(value)

    def _check_format(self, wanted: str, value: Any) -> bool:
        if not isinstance(value, str):
            return True
        if wanted == "date":
            return date.fromisoformat(value) is not None
        assert wanted == "date-time", wanted
        return datetime.fromisoformat(value).tzinfo is not None

    def _check_enum(self, wanted: list[Any], value: Any) -> bool:
        return value in wanted

    def _check_const(self, wanted: Any, value: Any) -> bool:
        return bool(value == wanted)

    def _check_pattern(self, wanted: str, value: Any) -> bool:
        return not isinstance(value, str) or re.search(wanted, value) is not None

    def _check_minLength(self, wanted: int, value: Any) -> bool:
        return not isinstance(value, str) or len(value) >= wanted

    def _check_maxLength(self, wanted: int, value: Any) -> bool:
        return not isinstance(value, str) or len(value) <= wanted

    def _check_minItems(self, wanted: int, value: Any) -> bool:
        return not isinstance(value, list) or len(value) >= wanted

    def _check_maxItems(self, wanted: int, value: Any) -> bool:
        return not isinstance(value, list) or len(value) <= wanted

    def _check_minimum(self, wanted: int, value: Any) -> bool:
        return not isinstance(value, int) or value >= wanted

    def _check_maximum(self, wanted: int, value: Any) -> bool:
        return not isinstance(value, int) or value <= wanted

    def _check_properties(self, wanted: Any, value: Any) -> bool:
        return True  # each is checked on its own

    _check_items = _check_additionalProperties = _check_properties


@functools.cache
def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return document
