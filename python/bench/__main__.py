"""Runs the rows and prints the table; see the package."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.peers import SUBJECT, installed
from bench.rows import ROWS, Row

WANTED = 0.8
"""The least acceptable ratio of the best peer's time to ours."""
TOLERANCE = 2e-2
"""How far sums may be apart, as a part of the sum of magnitudes; 16-bit results are coarse."""


class Process:
    """A peer's worker process."""

    def __init__(self, peer: str):
        env = {**os.environ, "OMP_NUM_THREADS": str(os.cpu_count()), "JAX_PLATFORMS": "cpu"}
        command = [sys.executable, "-m", "bench.worker", peer]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True)

    def ask(self, command: str, argument):
        try:
            print(json.dumps([command, argument]), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        return json.loads(answer) if answer else {"error": f"its process ended with {self.process.wait()}"}

    def close(self) -> None:
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


@dataclass
class Result:
    row: Row
    times: dict[str, float] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    disagree: list[str] = field(default_factory=list)

    @property
    def best(self) -> float:
        return min((time for peer, time in self.times.items() if peer != SUBJECT), default=math.nan)

    @property
    def ratio(self) -> float:
        """How many times faster than the best peer; 0 without a result, nan without a peer."""
        return self.best / self.times[SUBJECT] if SUBJECT in self.times else 0.0

    @property
    def short(self) -> bool:
        return self.ratio < WANTED


def measure(row: Row, processes: dict[str, Process], rounds: int, budget: float) -> Result:
    """Times a row with all peers in rotation."""
    result, digests = Result(row), {}
    for peer, process in processes.items():
        answer = process.ask("set", row.name)
        if isinstance(answer, dict):
            if "error" in answer:
                result.errors[peer] = answer["error"]
        else:
            digests[peer] = answer
    peers = list(digests)
    samples = {peer: [] for peer in peers}
    for turn in range(rounds):
        for peer in peers[turn % len(peers) :] + peers[: turn % len(peers)] if peers else []:
            answer = processes[peer].ask("time", budget / rounds)
            if isinstance(answer, dict):
                result.errors[peer] = answer["error"]
            else:
                samples[peer] += answer
    result.times = {peer: median(times) for peer, times in samples.items() if times}
    ours = digests.get(SUBJECT)
    if ours is not None:
        agree = lambda theirs: abs(ours[0] - theirs[0]) <= TOLERANCE * max(ours[1], theirs[1])  # noqa: E731
        result.disagree = [peer for peer in peers if digests[peer] is not None and not agree(digests[peer])]
    return result


def shown(seconds: float | None) -> str:
    if seconds is None:
        return "·"
    value, unit = (seconds * 1e6, "µs") if seconds < 1e-4 else (seconds * 1e3, "ms")
    return f"{value:.{max(0, 2 - int(math.log10(max(value, 1))))}f} {unit}"


def table(results: list[Result], peers: list[str], markdown: bool) -> str:
    """The results, worst first."""
    rank = lambda result: math.inf if math.isnan(result.ratio) else result.ratio  # noqa: E731
    lines = [["", "best peer / ours", *peers]]
    for result in sorted(results, key=rank):
        ratio = "no peer" if math.isnan(result.ratio) else f"{result.ratio:.2f}" if result.times.get(SUBJECT) else "failed"
        mark = " ◂" if result.short else ""
        cells = [shown(result.times.get(peer)) for peer in peers]
        if markdown:
            cells = [f"**{cell}**" if result.times.get(peer) == result.best else cell for peer, cell in zip(peers, cells)]
        lines.append([result.row.name, ratio + mark, *cells])
    if markdown:
        lines.insert(1, ["---"] + ["--:"] * (len(peers) + 1))
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))])
        for line in lines
    )


def machine() -> str:
    """The processor, the number of cores and the system."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def versions(peers: list[str]) -> str:
    from importlib.metadata import PackageNotFoundError, version

    def of(peer):
        try:
            return f"{peer} {version(peer)}"
        except PackageNotFoundError:
            return peer

    return ", ".join(of(peer) for peer in peers)


def put(text: str, path: Path) -> None:
    """Writes the text to a file; into the place marked for it, if the file has one."""
    old = path.read_text() if path.exists() else ""
    before, start, rest = old.partition("<!-- bench -->\n")
    _, end, after = rest.partition("<!-- /bench -->")
    path.write_text(f"{before}{start}{text}{end}{after}" if end else text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Millpond beside its peers, worst row first.")
    parser.add_argument("--only", metavar="TEXT", help="the rows whose names contain TEXT")
    parser.add_argument("--peers", metavar="NAMES", help="these peers, with commas between, instead of all installed")
    parser.add_argument("--rounds", type=int, default=5, help="how many turns each peer gets at a row (default: 5)")
    parser.add_argument("--seconds", type=float, default=0.4, help="a peer's time on a row, all turns (default: 0.4)")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the table there too, between the marks if it has them")
    args = parser.parse_args()

    rows = [row for row in ROWS if args.only is None or args.only in row.name]
    if not rows:
        parser.error(f"no row has {args.only!r} in its name")
    peers = [peer for peer in installed() if args.peers is None or peer == SUBJECT or peer in args.peers.split(",")]
    if SUBJECT not in peers:
        raise SystemExit(f"{SUBJECT} is not installed: cargo xtask setup")
    processes = {peer: Process(peer) for peer in peers}
    results = []
    try:
        for number, row in enumerate(rows, 1):
            if sys.stderr.isatty():
                print(f"\r\033[K{number}/{len(rows)} {row.name}", end="", file=sys.stderr, flush=True)
            results.append(measure(row, processes, args.rounds, args.seconds))
    finally:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        for process in processes.values():
            process.close()

    about = f"{machine()}; {versions(peers)}"
    print(about, table(results, peers, markdown=False), sep="\n")
    for result in results:
        for peer, error in result.errors.items():
            print(f"{result.row.name}: {peer} failed: {error}")
        for peer in result.disagree:
            print(f"{result.row.name}: the results of {SUBJECT} and {peer} differ")
    summary = f"{len(results)} rows, {sum(result.short for result in results)} below {WANTED} of the best peer"
    print(summary)
    if args.markdown:
        text = f"{table(results, peers, markdown=True)}\n\n{summary}. Medians, smaller is better; {about}.\n"
        put(text, args.markdown)


if __name__ == "__main__":
    main()
