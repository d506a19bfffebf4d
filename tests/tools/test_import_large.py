"""Large exports: memory grows with the number of companies as little as that of the feed's reader, whatever stands in the rows."""

import os
import subprocess
import sys

from abmctl_program import PROGRAM

# A million rows take minutes where nothing is optimized: ABM_ROWS=1000000 tries that.
ROWS = int(os.environ.get("ABM_ROWS", "60000"))


# A process begins with the peak of the one that it was forked from, and a test worker's may be larger than what is measured.
LAUNCHER = "import os, sys; _, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0); " \
           "print(usage.ru_maxrss, file=sys.stderr); sys.exit(os.waitstatus_to_exitcode(status))"


def peak(folder, output, *arguments):
    """The most memory that abmctl had, in bytes."""
    with open(output, "wb") as out:
        process = subprocess.run([sys.executable, "-I", "-S", "-c", LAUNCHER, PROGRAM, *arguments], cwd=folder, stdout=out,
                                 stderr=subprocess.PIPE, text=True)
    assert process.returncode == 0, (arguments, process.stderr)
    return int(process.stderr.splitlines()[-1]) * 1024


def test_rows_take_no_more_memory_than_the_feed_that_they_become(tmp_path):
    with open(tmp_path / "big.csv", "w") as out:
        out.write("Record ID,Company name,Company Domain Name,Number of Employees,Annual Revenue,Country/Region,Industry,Notes\n")
        for i in range(ROWS):
            out.write(f'{i + 1000},Company {i} Industries GmbH,https://www.company-{i}.example/?x=1,"{i % 90000 + 1:,}",'
                      f'"${i * 1000:,}",Country {i % 200},INDUSTRY_{i % 50},{"nobody reads this " * 20}\n')
    (tmp_path / "small.csv").write_text("Company,Domain\nA,a.com\n")
    (tmp_path / "rules.yaml").write_text("abm: rules/1\nslots: { hero: h1 }\nrules:\n"
                                         "  - { id: a, when: { path: / }, rewrite: { hero: { text: x } } }\n")
    none = peak(tmp_path, tmp_path / "small.ndjson", "import", "small.csv")
    imported = peak(tmp_path, tmp_path / "big.ndjson", "import", "big.csv") - none
    with open(tmp_path / "big.ndjson") as lines:
        assert sum(1 for _ in lines) == ROWS + 1
    read = peak(tmp_path, tmp_path / "out", "check", "--rules", "rules.yaml", "--accounts", "big.ndjson") - none
    assert imported < read, (imported, read)
    # Less than the rows have themselves: they are not kept in memory.
    assert imported < (tmp_path / "big.csv").stat().st_size, imported


def test_rows_of_people_take_memory_by_company(tmp_path):
    with open(tmp_path / "people.csv", "w") as out:
        out.write("First Name,Title,Company,Company Name for Emails,Email,Website,# Employees\n")
        for i in range(ROWS):
            out.write(f"P{i},Title {i % 7},Company {i % 100},x,p{i}@c{i % 100}.example,http://c{i % 100}.example,{i % 100}\n")
    size = peak(tmp_path, tmp_path / "out.ndjson", "import", "people.csv")
    with open(tmp_path / "out.ndjson") as lines:
        assert sum(1 for _ in lines) == 101
    assert size < 100 << 20, size
