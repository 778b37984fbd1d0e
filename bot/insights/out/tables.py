"""A table as a file: CSV that no spreadsheet takes for formulas, Parquet with types; whole, in parts, or as an answer.

Rows are sequences in the order of the columns, or mappings by their names.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

import orjson

if TYPE_CHECKING:  # commands write tables too, and need none of the pages
    import pyarrow as pa
    from starlette.responses import Response

    from bot.desk.pages import DeskCall

Type = Literal["text", "integer", "number", "boolean", "moment", "day", "json"]
Row = Sequence[Any] | Mapping[str, Any]
FORMS: Mapping[str, str] = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it a well-known spreadsheet reads UTF-8 as something else
GROUP = 20_000  # rows of a group in a Parquet file: so many are held in memory
# https://owasp.org/www-community/attacks/CSV_Injection; the wide and small ones are read as the plain ones in Japanese.
_SIGN = "[-=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
# A spreadsheet leaves it out.
_UNSEEN = r'[\x00-\x08\x0b\x0c\x0e-\x20"\x7f\x85\xa0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff]*'
_BEGINS = re.compile(rf"[\t\r\n]|{_UNSEEN}{_SIGN}")
# Where lists are written with semicolons, spreadsheets part our lines there, and quotes in the midst of a line hold
# nothing together: what follows is a cell of its own.
_BEGINS_A_PART = re.compile(rf"([;\t\r\n]{_UNSEEN})(?={_SIGN})")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and what is in it. Any cell may be empty (None).

    The types: `moment` an aware datetime, kept in UTC; `day` a date, or text like 2026-03-31; `json` any value that
    JSON knows, written as its text.
    """

    name: str
    type: Type = "text"


class TableWriter(Protocol):
    """A file that is written in parts; it is whole after `close`."""

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        ...

    def close(self) -> None:
        """Write what is left. The stream stays open: it is the caller's."""
        ...


def table_file(
    form: str, columns: Sequence[Column], rows: Iterable[Row], about: Mapping[str, str] | None = None
) -> bytes:
    """A whole table as a file.

    CSV is UTF-8 with a mark in front, a header, and lines that end as RFC 4180 says; text is never a formula. Parquet
    has typed columns; moments are UTC and say so.

    Args:
        about: goes into a Parquet file's own description, such as the filter it was made with.

    Raises:
        ValueError: there is no such form.
    """
    stream = io.BytesIO()
    writer = writer_of(form, stream, columns, about)
    writer.write(rows)
    writer.close()
    return stream.getvalue()


def writer_of(
    form: str, stream: IO[bytes], columns: Sequence[Column], about: Mapping[str, str] | None = None
) -> TableWriter:
    """Writes a table of that form into a stream, holding a part of it in memory at a time.

    Raises:
        ValueError: there is no such form.
    """
    if form == "csv":
        return _CsvWriter(stream, columns)
    if form == "parquet":
        return _ParquetWriter(stream, columns, about or {})
    raise ValueError(f"a table is written as {' or '.join(FORMS)}, not as {form!r}")


async def answer(
    call: DeskCall,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Row],
    form: str,
    *,
    about: Mapping[str, str] | None = None,
) -> Response:
    """A table to be saved, and a line in the audit log that it was.

    Args:
        name: what it is of; the file's name is made from it, the day and the form.
        about: how the rows were chosen, by name: goes into the audit log and into a Parquet file's description.

    Raises:
        NotThere: there is no such form.
    """
    from starlette.responses import Response

    from bot.desk.pages import NotThere

    if form not in FORMS:
        raise NotThere
    chosen = list(rows)
    content = table_file(form, columns, chosen, about)
    await note_export(call, name, form, len(chosen), about)
    return Response(content, headers=saved_as(call, name, form))


async def note_export(
    call: DeskCall, name: str, form: str, rows: int | None, about: Mapping[str, str] | None = None, **details: object
) -> None:
    """Write into the audit log that somebody took data out."""
    counted = {} if rows is None else {"rows": rows}
    told = {"as": form, **counted, **({"filter": dict(about)} if about else {}), **details}
    await call.write(lambda connection: call.note(connection, "export", subject=name, details=told))


def saved_as(call: DeskCall, name: str, form: str) -> dict[str, str]:
    """The headers of a file that a browser saves and does not show."""
    from bot.desk.pages import HEADERS

    file = file_name(name, form, call.now)
    return dict(HEADERS) | {"Content-Type": FORMS[form], "Content-Disposition": f'attachment; filename="{file}"'}


def file_name(name: str, form: str, now: datetime) -> str:
    """What a file is called: plain letters only, so that no header and no file system is led astray."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80] or "table"
    return f"bellhop-{plain}-{now.astimezone(UTC):%Y-%m-%d}.{form}"


class _CsvWriter:
    def __init__(self, stream: IO[bytes], columns: Sequence[Column]) -> None:
        self._columns = columns
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._text.write(BOM)
        self._writer.writerow([_harmless(column.name) for column in columns])

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._writer.writerow([_csv_cell(value) for value in _values(self._columns, row)])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _ParquetWriter:
    def __init__(self, stream: IO[bytes], columns: Sequence[Column], about: Mapping[str, str]) -> None:
        import pyarrow as pa  # a fifth of a second, only where it is wanted
        import pyarrow.parquet as pq

        self._pa = pa
        self._columns = columns
        types: dict[Type, pa.DataType] = {
            "text": pa.string(),
            "integer": pa.int64(),
            "number": pa.float64(),
            "boolean": pa.bool_(),
            "moment": pa.timestamp("us", tz="UTC"),
            "day": pa.date32(),
            "json": pa.string(),
        }
        self._schema = pa.schema([(column.name, types[column.type]) for column in columns], metadata=dict(about))
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._waiting: list[list[Any]] = []

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._waiting.append(_values(self._columns, row))
            if len(self._waiting) >= GROUP:
                self._write_group()

    def close(self) -> None:
        if self._waiting:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        pa = self._pa
        columns = zip(*self._waiting, strict=True)
        arrays = [pa.array(values, type=field.type) for values, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._waiting.clear()


def _values(columns: Sequence[Column], row: Row) -> list[Any]:
    """A row's values in the order of the columns, each of its column's type."""
    if isinstance(row, Mapping):
        return [_typed(column, row.get(column.name)) for column in columns]
    return [_typed(column, value) for column, value in zip(columns, row, strict=True)]


def _typed(column: Column, value: Any) -> Any:
    """A value as its column's type has it.

    Raises:
        ValueError: it is none of that type.
    """
    if value is None:
        return None
    match column.type:
        case "integer":
            if value != int(value):
                raise ValueError(f"{column.name}: {value!r} is no whole number")
            return int(value)
        case "number":
            number = float(value)
            return None if math.isnan(number) else number
        case "boolean":
            return bool(value)
        case "moment":
            if not isinstance(value, datetime) or value.tzinfo is None:
                raise ValueError(f"{column.name}: {value!r} is no moment with a time zone")
            return value.astimezone(UTC)
        case "day":
            return value if isinstance(value, date) else date.fromisoformat(value)
        case "json":
            return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
        case "text":
            # What is no character: neither a file in UTF-8 nor Parquet takes half of a pair, and nobody a zero.
            return str(value).replace("\0", "").encode("utf-8", "replace").decode()


def _csv_cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case str():
            return _harmless(value)
        case _:
            return value


def _harmless(text: str) -> str:
    """Text that a spreadsheet takes for text: an apostrophe stands before what would begin a formula."""
    parted = _BEGINS_A_PART.sub(r"\1'", text)
    return f"'{parted}" if _BEGINS.match(text) else parted
