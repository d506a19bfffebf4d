"""Sample pages: listed, fetched, and looked at by check, render, explain and doctor."""

import json

import pytest

from servers import Hostile, body, redirect

HTML = "text/html; charset=utf-8"
REACT = ('<!doctype html><html><head><title>t</title></head><body><div id="root"><p>Hi <!-- -->Ada</p>'
         '<a data-abm-slot="hero-cta" href="/plan">Read</a></div></body></html>')
RULES = """\
abm: rules/1
slots: { hero-cta: '[data-abm-slot="hero-cta"]', gone: .gone }
rules:
  - id: deere-home
    when: { account: deere, path: / }
    rewrite:
      hero-cta: { text: "See the plan" }
      gone: { text: "x" }
"""


@pytest.fixture
def sampled(site):
    """A site with one sample page, whose rules are RULES."""
    for file in (site / "rules").glob("*.yaml"):
        file.unlink()
    (site / "rules/home.yaml").write_text(RULES)
    (site / "samples").mkdir()
    (site / "samples/home.html").write_text(REACT)
    name(site, "  - { url: /, file: samples/home.html }\n")
    return site


def name(site, entries):
    with (site / "site.yaml").open("a") as file:
        file.write("pages:\n" + entries)


def test_check_says_for_every_slot_what_becomes_of_it(sampled):
    done = sampled.run("check")
    out, errors = done.stdout.decode(), done.stderr.decode()
    assert "samples/home.html (/): React, told by <!-- --> between texts" in out
    assert "hero-cta  1 element in the hydrated part; text: put back (rule 'deere-home': React compares" in out
    assert "gone      no element" in out
    assert "rules/home.yaml:7:7: warning: slot 'hero-cta' on samples/home.html (/, React): its edit (text) is put back" in errors
    assert "[ABM019]" in errors and "slot 'gone' matches no element of samples/home.html (/)" in errors and "[ABM021]" in errors
    page = sampled.json("check")["pages"][0]
    assert (page["framework"], page["evidence"]) == ("react", "<!-- --> between texts")
    slot = page["slots"][0]
    assert (slot["slot"], slot["elements"], slot["hydrated"]) == ("hero-cta", 1, 1)
    assert (slot["edits"][0]["rule"], slot["edits"][0]["does"], slot["edits"][0]["fate"]) == ("deere-home", "text", "reverted")
    assert slot["edits"][0]["remedy"]


def test_warnings_are_silenced_as_others_are(sampled):
    (sampled / "rules/home.yaml").write_text("silence: [ABM019, ABM021, ABM029]\n" + RULES)
    errors = sampled.run("check").stderr.decode()
    assert "ABM019" not in errors and "ABM021" not in errors
    assert sampled.run("check", "--strict").returncode == 0


def test_where_nginx_delivers_by_script_check_is_told_so(sampled):
    done = sampled.run("check", "--delivery", "script")
    assert "text by script: stays" in done.stdout.decode() and "ABM019" not in done.stderr.decode()
    assert "ABM021" in done.stderr.decode()


def test_publish_warns_too_and_goes_on(sampled):
    done = sampled.run("publish")
    assert done.returncode == 0 and "[ABM019]" in done.stderr.decode()


def test_a_page_that_is_not_there_is_an_error_with_its_place(sampled):
    (sampled / "samples/home.html").unlink()
    errors = sampled.errors("check", status=1)
    lines = (sampled / "site.yaml").read_text().splitlines()
    assert f"site.yaml:{len(lines)}:5: " in errors and "samples/home.html" in errors
    assert "fetch it with 'abmctl pages fetch', or take it out of pages" in errors


def test_render_and_explain_name_the_framework(sampled):
    shown = sampled.json("render", "--draft", "--account", "deere", "--url", "/", "samples/home.html")
    assert (shown["framework"], shown["evidence"]) == ("react", "<!-- --> between texts")
    assert [(slot["slot"], slot["outcome"], slot["fate"]) for slot in shown["slots"]] == [
        ("hero-cta", "applied:at-risk", "reverted"), ("gone", "missing", None)]
    done = sampled.run("render", "--draft", "--account", "deere", "--url", "/", "samples/home.html")
    assert "warning: samples/home.html: slot 'hero-cta': put back (React): React compares" in done.stderr.decode()
    visit = sampled.json("explain", "--draft", "--account", "deere", "--url", "/", "samples/home.html")
    assert (visit["framework"], visit["evidence"]) == ("react", "<!-- --> between texts")
    assert list(visit["fates"]) == ["hero-cta"] and visit["fates"]["hero-cta"]["fate"] == "reverted"
    assert visit["fates"]["hero-cta"]["remedy"]
    text = sampled.text("explain", "--draft", "--account", "deere", "--url", "/", "samples/home.html")
    assert "slots on samples/home.html (React, told by <!-- --> between texts)" in text
    assert "hero-cta: 1 element, put back: React compares" in text


def test_a_page_without_a_framework_says_null(sampled):
    (sampled / "samples/home.html").write_text('<a data-abm-slot="hero-cta" href="/plan">Read</a>')
    shown = sampled.json("render", "--draft", "--account", "deere", "--url", "/", "samples/home.html")
    assert shown["framework"] is None and shown["slots"][0]["outcome"] == "applied" and shown["slots"][0]["fate"] == "stays"
    # So does one that nothing is changed on.
    unknown = sampled.json("render", "--draft", "--ip", "192.0.2.1", "--url", "/", "samples/home.html")
    assert unknown["framework"] is None
    assert "samples/home.html (/): no framework was recognized" in sampled.text("check")


def test_list_tells_of_each(sampled):
    assert sampled.text("pages") == (f"samples/home.html (/): {len(REACT)} bytes, React, told by <!-- --> between texts\n")
    answer = sampled.json("pages")
    assert answer == [{"url": "/", "file": "samples/home.html", "named": True, "fault": None, "bytes": len(REACT),
                       "framework": "react", "evidence": "<!-- --> between texts"}]
    (sampled / "samples/home.html").unlink()
    assert "samples/home.html" in sampled.errors("pages", status=1)
    assert "nothing that pages can do" in sampled.errors("pages", "fetsh", status=2)


def test_fetch_saves_pages_and_says_what_site_yaml_lacks(sampled):
    other = REACT.replace("Ada", "Bob")
    answers = {"/": body(other.encode(), Content_Type=HTML), "/a/Plans/": body(b"<p>plans</p>", Content_Type=HTML), "/old": redirect("/a/Plans/"),
               "/gone": body(b"", status=410)}
    with Hostile(answers) as server:
        done = sampled.run("pages", "fetch", server.url("/"), server.url("/a/Plans/"), server.url("/old"))
        out = done.stdout.decode()
        assert (sampled / "samples/home.html").read_text() == other  # named by its path: the file stays its own
        saved = sorted(file.name for file in (sampled / "samples").iterdir())
        assert saved[0].startswith("a-plans-") and saved[1:] == ["home.html", "old.html"]
        assert (sampled / "samples" / saved[0]).read_bytes() == (sampled / "samples/old.html").read_bytes() == b"<p>plans</p>"
        assert 'site.yaml does not name these yet. Below `pages:`:\n  - {"url":"/a/Plans/","file":"samples/%s"}' % saved[0] in out
        assert all(request[1]["Sec-GPC"] == "1" for request in server.requests)
        done = sampled.run("pages", "fetch", server.url("/gone"), server.url("/"), status=1)
        assert "410" in done.stderr.decode() and "samples/home.html" in done.stdout.decode()
        for wrong in ("/pricing", "ftp://x/"):
            assert wrong in sampled.errors("pages", "fetch", wrong, status=1)
    assert "name the addresses of pages, or --sitemap" in sampled.errors("pages", "fetch", status=2)


def test_what_is_printed_can_be_pasted(sampled):
    with Hostile({"/a/Plans/": body(REACT.encode(), Content_Type=HTML)}) as server:
        out = sampled.text("pages", "fetch", server.url("/a/Plans/"))
    with (sampled / "site.yaml").open("a") as file:
        file.write(out[out.index("  - {"):])  # JSON is YAML
    assert [page["url"] for page in sampled.json("pages")] == ["/", "/a/Plans/"]


def test_no_page_takes_the_file_of_another(sampled):
    paths = ["/", "/index", "/a/b", "/a-b", "/a-b/", "/P", "/p", "/p.html", "/p?x=1", "/-p", "/p-"]
    with Hostile({path.split("?")[0]: body(path.encode(), Content_Type=HTML) for path in paths if "?" not in path}) as server:
        pages = sampled.json("pages", "fetch", *(server.url(path) for path in paths), server.url("/p").replace("127.0.0.1", "localhost"))
    assert not any(page["fault"] for page in pages)
    files = [page["file"] for page in pages]
    assert len(set(files)) == len(files) == len(paths) + 1, files
    assert files[1:] and pages[0]["file"] == "samples/home.html" and pages[6]["file"] == "samples/p.html"
    assert pages[-1]["url"].startswith("http://localhost:")
    # A file that site.yaml gives to another page is not written to.
    text = (sampled / "site.yaml").read_text().replace("{ url: /, file: samples/home.html }", "{ url: /other, file: samples/p.html }")
    (sampled / "site.yaml").write_text(text)
    before = (sampled / "samples/p.html").read_text()
    with Hostile({"/p": body(b"new", Content_Type=HTML)}) as server:
        assert "is the file of another page of site.yaml" in sampled.errors("pages", "fetch", server.url("/p"), status=1)
    assert (sampled / "samples/p.html").read_text() == before


def test_a_sitemap_names_pages(site):
    def sitemap(*addresses, kind="url"):
        entries = "".join(f"<{kind}>\n<loc> {address} </loc></{kind}>" for address in addresses)
        root = "urlset" if kind == "url" else "sitemapindex"
        return body(f'<?xml version="1.0"?><{root} xmlns="x">{entries}</{root}>'.encode(), Content_Type="application/xml")

    answers = {f"/{i}": body(b"<p>x</p>", Content_Type=HTML) for i in range(5)}
    answers["/q"] = body(b"<p>q</p>", Content_Type=HTML)
    with Hostile(answers) as server:
        answers["/pages.xml"] = sitemap(*(server.url(f"/{i}") for i in range(5)), "https://other.example/x", "javascript:alert(1)")
        answers["/more.xml"] = sitemap("<![CDATA[" + server.url("/q") + "]]>")
        answers["/index.xml"] = sitemap(server.url("/pages.xml"), server.url("/more.xml"), "https://other.example/s.xml", kind="sitemap")
        answers["/none.xml"] = body(b"<html>no</html>", Content_Type=HTML)
        answers["/empty.xml"] = sitemap("https://other.example/x")
        pages = site.json("pages", "fetch", "--sitemap", server.url("/pages.xml"), "--most", "3")
        assert [page["url"] for page in pages] == ["/0", "/1", "/2"]
        pages = site.json("pages", "fetch", "--sitemap", server.url("/index.xml"), "--folder", "saved")
        assert [page["url"] for page in pages] == ["/0", "/1", "/2", "/3", "/4", "/q"]
        assert (site / "saved/q.html").read_bytes() == b"<p>q</p>"
        assert "this is no sitemap" in site.errors("pages", "fetch", "--sitemap", server.url("/none.xml"), status=2)
        assert "names no page of" in site.errors("pages", "fetch", "--sitemap", server.url("/empty.xml"), status=2)


def test_a_hostile_path_stays_in_the_folder(site):
    paths = ["/..%2f..%2fetc/passwd", "/.hidden", "/" + "a" * 300, "/a%00b", "/%c3%bc", "/%7B%22"]
    before = {file for file in site.folder.rglob("*")}
    with Hostile({path: body(b"<p>x</p>", Content_Type=HTML) for path in paths}) as server:
        done = site.run("pages", "fetch", "--json", *(server.url(path) for path in paths), status=1)
    pages = json.loads(done.stdout)
    assert [bool(page["fault"]) for page in pages] == [True, False, False, True, False, False]
    for page in pages:
        assert page["fault"] or (page["file"].startswith("samples/") and ".." not in page["file"] and len(page["file"]) < 120), page
    new = {file.relative_to(site.folder) for file in site.folder.rglob("*") if file not in before}
    assert {file.parts[0] for file in new} == {"samples"} and len(new) == 5
