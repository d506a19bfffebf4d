"""The guides as data: their names, code blocks and tables."""

import dataclasses
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Block:
    guide: str
    line: int
    language: str
    needs: str  # why it is not run; "" if it is
    text: str


def guides():
    """The paths of all guides in the repository."""
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "*.md"], capture_output=True, check=True).stdout
    return sorted(path.decode() for path in tracked.split(b"\0") if path)


def text_of(guide):
    return (ROOT / guide).read_text(encoding="utf-8")


def blocks(guide):
    found, begin, mark = [], None, ""
    lines = text_of(guide).splitlines()
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin, mark = number, line[3:].strip()
            continue
        language, _, rest = mark.partition(" ")
        needs = re.fullmatch(r"needs=(\w+)", rest)
        assert not rest or needs, f"{guide}:{begin}: '{rest}' after the language; only needs=REASON is allowed"
        found.append(Block(guide, begin, language, needs.group(1) if needs else "", "\n".join(lines[begin:number - 1])))
        begin = None
    assert begin is None, f"{guide}:{begin}: the block has no end"
    return found


def rows(guide, heading):
    """The cells of the table below the first line that begins with `heading`, without its header."""
    lines = text_of(guide).splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(heading)), None)
    assert start is not None, f"{guide}: no line begins with {heading!r}"
    table = []
    for line in lines[start:]:
        if line.startswith("|"):
            table.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif table:
            break
    return table[2:]


def source(*patterns):
    """The text of all files that match the patterns."""
    files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    assert files, patterns
    return "\n".join(path.read_text(encoding="utf-8") for path in files)
