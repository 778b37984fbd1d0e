"""Memory, time and disk are read as the system has them."""

import os
import subprocess
import sys
from pathlib import Path

from bench.processes import cpu_seconds, folder_bytes, memory, tree


def test_a_tree_holds_children_and_grandchildren() -> None:
    code = "import subprocess, sys; subprocess.run(['sleep', '30'])"
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        try:
            found = tree(child.pid)
            while len(found) < 2 and child.poll() is None:
                found = tree(child.pid)
            assert found[0] == child.pid
            assert len(found) == 2
        finally:
            for pid in reversed(tree(child.pid)):
                os.kill(pid, 9)


def test_memory_of_this_process_is_plausible() -> None:
    now = memory([os.getpid()])
    assert now.processes == 1
    assert 5e6 < now.rss <= now.peak_rss
    assert now.pss is None or 1e6 < now.pss <= now.rss * 1.1


def test_a_process_that_is_gone_counts_nothing() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert memory([child.pid]).rss == 0
    assert cpu_seconds([child.pid]) == 0


def test_a_file_with_two_names_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1_000_000)
    once = folder_bytes(tmp_path)
    os.link(tmp_path / "a", tmp_path / "b")
    assert folder_bytes(tmp_path) == once
    assert once >= 1_000_000
