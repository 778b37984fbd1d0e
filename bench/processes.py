"""Memory, processor time and disk of a target, read from /proc and the file system; starts nothing."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Memory:
    """All processes of a target together, in bytes.

    ``pss`` counts a page shared by n of them as 1/n each, ``rss`` once for each; ``peak_rss`` adds up every
    process's own highest RSS, reached at whatever moment.
    """

    processes: int
    rss: int
    pss: int | None
    peak_rss: int


def tree(root: int) -> list[int]:
    """``root`` and all its descendants that are alive."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat is not None:
                children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        if _stat(pid) is not None:
            found.append(pid)
        queue.extend(children.get(pid, ()))
    return found


def _stat(pid: int) -> list[str] | None:
    """The fields after the command's name: [state, ppid, …]."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def cpu_seconds(pids: list[int]) -> float:
    """Processor time that these processes have used so far."""
    ticks = 0
    for pid in pids:
        stat = _stat(pid)
        if stat is not None:
            ticks += int(stat[11]) + int(stat[12])
    return ticks / TICKS


def busy_seconds() -> float:
    """Processor time that all processes of the machine have used so far, waiting for disks left out."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    idle, iowait = fields[3], fields[4]
    return (sum(fields[:8]) - idle - iowait) / TICKS


def memory(pids: list[int]) -> Memory:
    """The memory of these processes now."""
    rss = peak = pss = 0
    pss_known = True
    for pid in pids:
        try:
            rss += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
            peak += _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:")
        except OSError:
            continue
        try:
            pss += _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")
        except OSError:
            pss_known = False
    return Memory(len(pids), rss, pss if pss_known else None, peak)


def _kilobytes(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def folder_bytes(folder: Path) -> int:
    """What ``folder`` occupies on disk, as du counts it: blocks, each file once however many names it has."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for place, _, files in os.walk(folder):
        for name in ["", *files]:
            stat = os.lstat(os.path.join(place, name))
            if (stat.st_dev, stat.st_ino) not in seen:
                seen.add((stat.st_dev, stat.st_ino))
                total += stat.st_blocks * 512
    return total
