"""The signed identities that FORMAT.md shows how to write, in each language that is installed."""
import hashlib
import hmac
import shutil
import subprocess

import pytest

from guides import ROOT, blocks

GUIDE = "generation/FORMAT.md"
SECTION = "abm-identity/1"
PROGRAMS = {"python": ["python3", "-"], "js": ["node", "-"], "php": ["php"]}
VALUE = "user@mail.x.co.uk"
KEY = "0123456789abcdef" * 4


def example(language):
    (found,) = [block for block in blocks(GUIDE) if block.language == language and SECTION in block.text]
    return found.text


def expected(text, key):
    """`text` with the signature that it must have."""
    version, expires, _, value = text.split(".", 3)
    signed = f"abm-identity/1\n{expires}\n{value}".encode()
    return ".".join((version, expires, hmac.new(key.encode(), signed, hashlib.sha256).hexdigest(), value))


@pytest.mark.parametrize("language", PROGRAMS)
def test_an_example_signs_as_the_format_says(language, tmp_path):
    program = PROGRAMS[language]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    key = tmp_path / "key"
    key.write_text(KEY + "\n")
    done = subprocess.run(program, input=example(language), env={"PATH": "/usr/bin:/bin", "KEY": str(key), "VALUE": VALUE},
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text = done.stdout.strip()
    assert text.endswith("." + VALUE)
    assert text == expected(text, KEY)


def test_the_shell_example_signs_as_the_format_says():
    done = subprocess.run(["bash", "-euc", example("sh") + '\ncat "$KEY"; rm "$KEY"'], capture_output=True, text=True,
                          timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    text, key = done.stdout.split()
    assert text == expected(text, key)
