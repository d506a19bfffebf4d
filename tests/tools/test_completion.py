"""What shells and man(1) know about abmctl comes from abmctl itself, so it covers every command and option."""

import re
import shutil
import subprocess

import pytest


def commands(site):
    """Command → its long options, as --help tells them."""
    text = site.text("--help")
    names = re.findall(r"^  ([a-z][a-z-]*) ", text[text.index("Subcommands:"):], re.MULTILINE)
    return {name: set(re.findall(r"--[a-z][a-z-]*", site.text(name, "--help").split("Example")[0])) for name in names}


def complete(site, tmp_path, *words):
    """What bash offers for the last of `words`."""
    script = tmp_path / "abmctl.bash"
    script.write_text(site.text("completion", "bash"))
    line = " ".join(f"'{word}'" for word in ("abmctl", *words))
    done = subprocess.run(["bash", "--norc", "-c",
                           f"set -u; . {script}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _abmctl; "
                           "printf '%s\\n' \"${COMPREPLY[@]}\""], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_offers_every_command_and_every_option(site, tmp_path):
    known = commands(site)
    assert {"check", "publish", "completion", "man", "init", "doctor"} <= known.keys()
    assert complete(site, tmp_path, "") == known.keys()
    assert complete(site, tmp_path, "pub") == {"publish"}
    for name, options in known.items():
        assert options <= complete(site, tmp_path, name, "--"), name


def test_bash_offers_choices_where_there_are_some_and_files_elsewhere(site, tmp_path):
    assert complete(site, tmp_path, "completion", "") == {"bash", "zsh"}
    assert complete(site, tmp_path, "check", "--rules", "") == set()  # nothing: bash completes file names


def test_zsh_knows_every_command_and_every_option(site, tmp_path):
    script = site.text("completion", "zsh")
    assert script.startswith("#compdef abmctl\n")
    for name, options in commands(site).items():
        assert f"'{name}:" in script
        block = script[script.index(f"\n    {name})\n"):].split(";;")[0]
        for option in options:
            assert f"{option}[" in block, (name, option)
    if shutil.which("zsh") is None:
        pytest.skip("no zsh here to read it")
    (tmp_path / "_abmctl").write_text(script)
    subprocess.run(["zsh", "-n", tmp_path / "_abmctl"], check=True)


def test_every_command_has_a_manual_page_with_its_options_and_examples(site, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    site.run("man", "--to", pages)
    known = commands(site)
    assert {page.name for page in pages.iterdir()} == {"abmctl.1"} | {f"abmctl-{name}.1" for name in known}
    assert (pages / "abmctl-publish.1").read_text() == site.text("man", "publish")
    for name, options in known.items():
        text = (pages / f"abmctl-{name}.1").read_text().replace("\\-", "-")
        assert all(f"\\fB{option}\\fR" in text or f"{option}\\fR" in text for option in options), name
        assert ".SH EXAMPLES" in text, name
    if shutil.which("man") is not None:
        for page in pages.iterdir():
            done = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, check=False,
                                  env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
            assert done.stderr == "", page


def test_an_unknown_command_has_no_page(site):
    assert "'publsh' is not a command" in site.errors("man", "publsh", status=2)
