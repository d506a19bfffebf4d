"""abm_bots: names of robots besides the known ones, read once, while nginx starts."""

import pytest

from harness.client import fetch
from harness.nginx import Nginx
from harness.site import ALPHA, ALPHA_PAGE


def bots(tmp_path, text, mode=0o644):
    file = tmp_path / "bots.txt"
    file.write_bytes(text.encode("latin-1") if isinstance(text, str) else text)
    file.chmod(mode)
    return file


def test_names_of_the_file_are_flagged_besides_the_known_ones(serve, tmp_path):
    file = bots(tmp_path, "# monitoring of our own\nAcme-Check\nZeta Probe   # bought\n^inner/\n")
    nginx = serve(http=f"abm_bots {file};")
    agents = {"acme-check/2": True, "Mozilla/5.0 (zeta probe 7)": True, "Inner/1 x": True, "curl/8": True,
              "Mozilla/5.0 (compatible; Googlebot/2.1)": True, "x inner/1": False, "acme-checks": False,
              "Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE_S) Chrome/80": False, "Mozilla/5.0 Firefox/128.0": False}
    for number, (agent, bot) in enumerate(agents.items(), 1):
        assert fetch(nginx.port, ip=ALPHA, headers={"User-Agent": agent}).body == ALPHA_PAGE
        line = nginx.visits(number)[-1]
        assert line["bot"] is bot and ("bot_by" in line) is bot, agent
        assert not bot or line["bot_by"].lower() in agent.lower()
    fetch(nginx.port, ip=ALPHA, headers={"User-Agent": ""})
    assert nginx.visits(len(agents) + 1)[-1]["bot_by"] is None


def test_the_file_is_read_again_by_a_reload_alone(serve, tmp_path):
    file = bots(tmp_path, "acme-check\n")
    nginx = serve(http=f"abm_bots {file};")
    file.write_text("other-check\n")
    fetch(nginx.port, ip=ALPHA, headers={"User-Agent": "other-check/1"})
    assert nginx.visits(1)[0]["bot"] is False
    nginx.reload()
    fetch(nginx.port, ip=ALPHA, headers={"User-Agent": "other-check/1"})
    assert nginx.visits(2)[1]["bot"] is True
    nginx.allowed.append('"abm_bots"')
    file.write_text("x\n")
    assert nginx.test().returncode != 0


@pytest.mark.parametrize("text,mode,says", [
    ("fine\nab\n", 0o644, "bots.txt:2: a name has 3 to 64 bytes, this one has 2"),
    ("\n\nca\xe9\n", 0o644, "bots.txt:3: a name consists of visible ASCII characters"),
    ("-acme\n", 0o644, "bots.txt:1: a name begins with a letter or a digit"),
    ("x" * 65, 0o644, "bots.txt:1: a name has 3 to 64 bytes"),
    ("acme\n", 0o666, "group or others may write it"),
    ("#" * 300_000, 0o644, "bots.txt"),
    (b"\x7fELF\x00\x00", 0o644, "bots.txt:1: a name consists of visible ASCII"),
], ids=["short", "not ascii", "first character", "long", "writable", "huge", "binary"])
def test_a_file_that_cannot_be_used_is_refused_with_its_line(tmp_path, text, mode, says):
    file = bots(tmp_path, text, mode)
    done = Nginx(tmp_path / "nginx", abm="", http=f"abm_bots {file};").test()
    assert done.returncode != 0 and says in done.stderr and '"abm_bots": ' in done.stderr, done.stderr


def test_paths_are_those_of_nginx_configuration(tmp_path):
    bots(tmp_path, "acme-check\n")
    nginx = Nginx(tmp_path, abm="", http="abm_bots bots.txt;")
    assert nginx.test().returncode == 0
    nginx = Nginx(tmp_path / "none", abm="", http="abm_bots missing.txt;")
    done = nginx.test()
    assert done.returncode != 0 and "missing.txt: no such file" in done.stderr
    nginx = Nginx(tmp_path / "folder", abm="", http=f"abm_bots {tmp_path};")
    assert nginx.test().returncode != 0
