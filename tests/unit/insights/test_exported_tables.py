"""Tables as files: what stands in CSV and in Parquet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.insights.out.tables import Column, file_name, table_file, writer_of

NOON = datetime(2026, 3, 31, 12, 0, 0, 123456, tzinfo=UTC)
EVERY = [
    Column("text"),
    Column("integer", "integer"),
    Column("number", "number"),
    Column("boolean", "boolean"),
    Column("moment", "moment"),
    Column("day", "day"),
    Column("json", "json"),
]
FULL = ('é, "quoted"\nand below', 5, 0.25, True, NOON, "2026-03-31", ["a", {"b": 1}])


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_csv_whole(content: bytes) -> list[list[str]]:
    """As `read_csv`, with cells of any length."""
    before = csv.field_size_limit(10_000_000)
    try:
        return read_csv(content)
    finally:
        csv.field_size_limit(before)


def test_csv_begins_with_a_mark_and_keeps_every_value() -> None:
    content = table_file("csv", EVERY, [FULL, [None] * 7])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert read_csv(content) == [
        [column.name for column in EVERY],
        [FULL[0], "5", "0.25", "true", "2026-03-31T12:00:00.123+00:00", "2026-03-31", '["a",{"b":1}]'],
        [""] * 7,
    ]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+31 6 1234", "-2", "@SUM(A1)", "\ta", "\ra", "\na", "=cmd|' /C calc'!A0", '=HYPERLINK("x")', "＝1"],
)
def test_text_never_begins_a_formula(text) -> None:
    columns = [Column(text), Column("n", "integer")]
    assert read_csv(table_file("csv", columns, [(text, -2)])) == [[f"'{text}", "n"], [f"'{text}", "-2"]]


@pytest.mark.parametrize("before", ["  ", "\u00a0", "\u200b", "\ufeff", "\u202e", '"', '" ', "\x01", "\u2066"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦"])
def test_what_is_not_seen_hides_no_formula(before, sign) -> None:
    text = f"{before}{sign}SUM(A1)"
    assert read_csv(table_file("csv", [Column("t")], [(text,)]))[1:] == [[f"'{text}"]]


@pytest.mark.parametrize(
    "text", ["see;=1+1", "see; =1+1", 'see;"=1+1', "see\n=1+1&", "see\r\n@SUM(A1)", "see\t-1", "a;+1;＝2", ";=1"]
)
def test_no_formula_begins_where_a_spreadsheet_parts_lines_at_semicolons(text) -> None:
    content = table_file("csv", [Column("id"), Column("text"), Column("json", "json")], [("c1", text, [text])])
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"):
        for cell in row:
            assert cell.strip(' "')[:1] not in ("=", "+", "-", "@", "＝")


def test_a_file_has_as_many_rows_as_were_given() -> None:
    breaks = [
        "a\nb",
        "a\r\nb",
        "a\rb",
        '"',
        '""',
        '",',
        ",,",
        "a\u2028b",
        "a\x85b",
        "a\x0bb",
        "\0",
        "",
        "'",
        '\n"\n',
        "\ud83d",
    ]
    rows = [(text, text) for text in breaks]
    found = read_csv(table_file("csv", [Column("a"), Column("b", "json")], [(a, None) for a, _ in rows]))
    assert len(found) == 1 + len(rows)
    assert {len(row) for row in found} == {2}
    table = pq.read_table(io.BytesIO(table_file("parquet", [Column("a"), Column("b")], rows)))
    assert table.num_rows == len(rows)


@pytest.mark.parametrize("before", ["\t", "\r", "\n", "\r\n", " \n "])
def test_a_formula_after_an_empty_line_is_none_in_either_reading(before) -> None:
    (found,) = read_csv(table_file("csv", [Column("t")], [(f"{before}=1",)]))[1:]
    assert found[0].endswith("'=1")


def test_long_runs_of_nothing_are_written_as_fast_as_words() -> None:
    rows = [(unseen * 200_000,) for unseen in (" ", "\n", ";", '"', "; ", "\n\u200b")]
    assert len(read_csv_whole(table_file("csv", [Column("t")], rows))) == 1 + len(rows)


def test_harmless_text_stays_as_it_is() -> None:
    assert read_csv(table_file("csv", [Column("t")], [("a=b",), ("'=1",), ("",)]))[1:] == [["a=b"], ["'=1"], [""]]


def test_parquet_has_types_and_empty_cells_of_each() -> None:
    table = pq.read_table(io.BytesIO(table_file("parquet", EVERY, [FULL, [None] * 7], {"since": "2026-03-01"})))
    assert table.schema.types == [
        pa.string(),
        pa.int64(),
        pa.float64(),
        pa.bool_(),
        pa.timestamp("us", tz="UTC"),
        pa.date32(),
        pa.string(),
    ]
    first, second = table.to_pylist()
    assert list(first.values()) == [FULL[0], 5, 0.25, True, NOON, date(2026, 3, 31), '["a",{"b":1}]']
    assert set(second.values()) == {None}
    assert table.schema.metadata[b"since"] == b"2026-03-01"


def test_moments_of_another_zone_are_the_same_moments() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    columns = [Column("at", "moment")]
    assert table_file("csv", columns, [(there,)]) == table_file("csv", columns, [(NOON,)])
    assert pq.read_table(io.BytesIO(table_file("parquet", columns, [(there,)]))).to_pylist() == [{"at": NOON}]


@pytest.mark.parametrize(
    ("type_", "value"), [("moment", NOON.replace(tzinfo=None)), ("moment", "now"), ("integer", 2.5), ("day", "soon")]
)
def test_what_is_not_of_its_columns_type_is_refused(type_, value) -> None:
    with pytest.raises(ValueError, match=r"no moment|no whole|isoformat"):
        table_file("csv", [Column("it", type_)], [(value,)])


def test_rows_may_be_mappings_and_a_share_that_is_none_is_empty() -> None:
    columns = [Column("b", "number"), Column("a", "integer"), Column("c")]
    rows = [{"a": 1.0, "b": float("nan"), "d": "not asked for"}]
    assert read_csv(table_file("csv", columns, rows))[1:] == [["", "1", ""]]
    assert pq.read_table(io.BytesIO(table_file("parquet", columns, rows))).to_pylist() == [
        {"b": None, "a": 1, "c": None}
    ]


def test_no_rows_give_a_header() -> None:
    assert read_csv(table_file("csv", EVERY, [])) == [[column.name for column in EVERY]]
    table = pq.read_table(io.BytesIO(table_file("parquet", EVERY, [])))
    assert table.num_rows == 0
    assert table.column_names == [column.name for column in EVERY]


def test_what_is_no_character_does_not_break_a_file() -> None:
    rows = [("half \ud83d, zero \0.",)]
    assert read_csv(table_file("csv", [Column("t")], rows))[1:] == [["half ?, zero ."]]
    assert pq.read_table(io.BytesIO(table_file("parquet", [Column("t")], rows))).to_pylist() == [
        {"t": "half ?, zero ."}
    ]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_parts_make_the_same_file_as_the_whole(form) -> None:
    columns = [Column("n", "integer"), Column("t")]
    rows = [(number, f"row {number}") for number in range(50_000)]
    stream = io.BytesIO()
    writer = writer_of(form, stream, columns)
    for start in range(0, len(rows), 7_000):
        writer.write(rows[start : start + 7_000])
    writer.close()
    assert not stream.closed
    assert stream.getvalue() == table_file(form, columns, rows)


def test_there_are_two_forms() -> None:
    with pytest.raises(ValueError, match="csv or parquet"):
        writer_of("xlsx", io.BytesIO(), EVERY)


def test_a_files_name_is_plain() -> None:
    name = file_name('CSAT by "topic"\r\n../../é', "csv", NOON)
    assert name == "bellhop-csat-by-topic-2026-03-31.csv"
