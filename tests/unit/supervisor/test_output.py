"""Lines on their way to the terminal."""

from __future__ import annotations

import asyncio
import threading

from bot.supervisor.output import LONGEST_LINE, Output


def collecting() -> tuple[Output, list[bytes], list[bytes]]:
    said: list[bytes] = []
    complained: list[bytes] = []
    return Output(said.append, complained.append), said, complained


async def pass_on(output: Output, *chunks: bytes) -> bytes:
    stream = asyncio.StreamReader()
    for chunk in chunks:
        stream.feed_data(chunk)
    stream.feed_eof()
    return await output.pass_on(stream)


async def test_a_line_in_pieces_is_written_whole() -> None:
    output, _, complained = collecting()

    await pass_on(output, b"one li", b"ne\ntw", b"o\n")
    output.close()

    assert complained == [b"one line\n", b"two\n"]


async def test_last_words_without_a_line_end_are_not_lost() -> None:
    output, _, complained = collecting()

    last = await pass_on(output, b"first\nlast words")
    output.close()

    assert complained == [b"first\n", b"last words\n"]
    assert last == b"last words"


async def test_an_endless_line_is_broken() -> None:
    output, _, complained = collecting()

    await pass_on(output, b"x" * (LONGEST_LINE + 10))
    output.close()

    assert sum(line.count(b"x") for line in complained) == LONGEST_LINE + 10
    assert len(complained) > 1


async def test_a_terminal_that_blocks_blocks_nobody() -> None:
    released = threading.Event()
    output = Output(lambda line: released.wait(10), lambda line: released.wait(10))

    async with asyncio.timeout(5):
        await pass_on(output, b"line\n" * 50_000)

    released.set()
    output.close()


async def test_lines_dropped_for_want_of_a_reader_are_counted() -> None:
    released = threading.Event()
    written: list[bytes] = []

    def write(line: bytes) -> None:
        released.wait(10)
        written.append(line)

    output = Output(write, write)
    await pass_on(output, b"line\n" * 30_000)
    released.set()
    output.say("afterwards")
    output.close(10)

    dropped = [int(line.split()[0][1:]) for line in written if b"dropped" in line]
    assert sum(dropped) + written.count(b"line\n") + written.count(b"afterwards\n") == 30_001


async def test_a_reader_that_left_stops_nothing() -> None:
    def broken(line: bytes) -> None:
        raise BrokenPipeError

    kept: list[bytes] = []
    output = Output(broken, kept.append)

    output.say("nobody hears this")
    output.complain("but this")
    output.close()

    assert kept == [b"but this\n"]


async def test_only_what_takes_long_is_reported() -> None:
    output, said, _ = collecting()

    async with output.progress("Quick work", after=5.0):
        pass
    async with output.progress("Slow work", after=0.01, every=0.01):
        await asyncio.sleep(0.1)
    output.close()

    assert said
    assert all(line.startswith("Slow work … ".encode()) for line in said)
