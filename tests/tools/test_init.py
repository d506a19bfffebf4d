"""abmctl init: what it writes is a site that publishes, passes its own expectations, and can be served."""

import os
import pathlib
import pty
import shutil
import subprocess

import pytest


@pytest.fixture
def begin(empty):
    def run(*arguments, status=0):
        done = empty.run("init", "my-site", *arguments, status=status)
        return type(empty)(empty / "my-site"), done

    return run


def test_what_it_writes_is_checked_and_publishes(begin):
    """Its networks are for documentation, which is all that there is to find."""
    site, _ = begin()
    check = site.json("check")
    assert check["ok"] and len(check["findings"]) == 2
    assert all("reserved for documentation" in finding["message"] for finding in check["findings"]), check["findings"]
    assert "published generation 1" in site.text("publish")
    assert site.text("status").startswith("generation 1")
    assert "3 passed" in site.text("test", "rules.test.yaml")


def test_answers_stand_where_they_belong(begin):
    site, _ = begin("--name", "acme", "--host", "www.acme.example", "--upstream", "http://127.0.0.1:8081",
                    "--data", "/var/lib/abm/acme", "--port", "9001", "--module", "/opt/abm.so")
    assert 'data: "/var/lib/abm/acme"' in (site / "site.yaml").read_text()
    assert '"tenant":"acme"' in (site / "accounts.ndjson").read_text()
    server = (site / "nginx/site.conf").read_text()
    assert "server_name  www.acme.example;" in server and "proxy_pass http://127.0.0.1:8081;" in server
    assert 'abm_data     "/var/lib/abm/acme";' in server
    trial = (site / "nginx/try.conf").read_text()
    assert "127.0.0.1:9001" in trial and 'load_module "/opt/abm.so";' in trial
    for path in site.folder.rglob("*"):
        if path.is_file() and not path.name.endswith(".schema.json"):
            assert "@" not in path.read_text(), path


def test_it_overwrites_nothing_and_then_writes_nothing(begin):
    site, _ = begin()
    (site / "rules/20-rules.yaml").write_text("mine")
    (site / "pages/index.html").unlink()
    again = site.run("init", ".", status=2)
    assert b"rules/20-rules.yaml" in again.stderr and b"nothing was written" in again.stderr
    assert (site / "rules/20-rules.yaml").read_text() == "mine"
    assert not (site / "pages/index.html").exists()


def test_a_dangling_link_is_in_the_way_too(empty):
    (empty / "site.yaml").symlink_to("/nowhere/at/all")
    assert "site.yaml exists already" in empty.errors("init", ".", status=2)
    assert not (empty / "rules").exists()


@pytest.mark.parametrize("option,value", [
    ("--name", "a b"), ("--name", "x" * 65), ("--host", "a;b"), ("--host", 'w"ww'), ("--upstream", "127.0.0.1:80"),
    ("--upstream", "http://a;b"), ("--data", 'a"b'), ("--data", "a$b"), ("--data", "a\nb")])
def test_what_would_break_a_configuration_file_is_refused(begin, option, value):
    site, done = begin(option, value, status=2)
    assert option[2:].encode() in done.stderr
    assert not site.folder.exists()


def test_on_a_terminal_it_asks_and_shows_what_it_would_take(empty, tmp_path):
    primary, secondary = pty.openpty()
    process = subprocess.Popen([empty.program, "init", "my-site", "--host", "www.acme.example"], cwd=tmp_path,
                               stdin=secondary, stdout=secondary, stderr=secondary, close_fds=True)
    os.close(secondary)
    os.write(primary, b"acme\nhttp://127.0.0.1:8081\n\n")
    shown = b""
    try:
        while data := os.read(primary, 4096):
            shown += data
    except OSError:  # the other side is closed: everything was read
        pass
    assert process.wait(20) == 0, shown
    assert b"short name of the site [my-site]:" in shown and b"host name" not in shown
    assert b"folder for published data [data]:" in shown
    assert '"tenant":"acme"' in (tmp_path / "my-site/accounts.ndjson").read_text()
    assert "proxy_pass http://127.0.0.1:8081;" in (tmp_path / "my-site/nginx/site.conf").read_text()


def test_json_names_the_files(empty, tmp_path):
    written = empty.json("init", "my-site")
    assert written["folder"] == str(tmp_path / "my-site")
    found = {str(path.relative_to(tmp_path / "my-site")) for path in (tmp_path / "my-site").rglob("*") if path.is_file()}
    assert set(written["files"]) == found


def test_check_refuses_what_publish_would_because_the_tests_fail(begin):
    site, done = begin()
    assert b"rules.test.yaml, which is about the made-up ones" in done.stdout
    site.replace("rules/20-rules.yaml", "The plan for your press shop", "Another plan")
    for command in ("check", "publish"):
        assert "rules.test.yaml:" in site.errors(command, status=1), command
    assert not site.json("check", status=1)["ok"]


def test_a_module_that_is_not_found_is_told(empty, tmp_path):
    """Here it lies beside abmctl, or nginx's own folder has it: so abmctl is run from where neither is so."""
    if pathlib.Path("/usr/lib/nginx/modules/ngx_http_abm_module.so").exists():
        pytest.skip("the module is installed on this machine")
    alone = tmp_path / "bin" / "abmctl"
    alone.parent.mkdir()
    shutil.copy2(empty.program, alone)
    done = subprocess.run([alone, "init", tmp_path / "site"], capture_output=True, text=True, check=True)
    assert "name it with --module" in done.stderr and '"modules/ngx_http_abm_module.so"' in done.stderr
    done = subprocess.run([alone, "init", tmp_path / "other", "--module", "/opt/abm.so"], capture_output=True, text=True, check=True)
    assert "--module" not in done.stderr


def test_links_and_the_cookie_wait_in_a_comment(begin):
    site, _ = begin()
    assert "# link_key: link.key" in (site / "site.yaml").read_text()
    for name in ("nginx/site.conf", "nginx/try.conf"):
        text = (site / name).read_text()
        assert f'# abm_link_key  "{site.folder}/link.key";' in text and "# abm_remember  30d if=$cookie_consent;" in text
