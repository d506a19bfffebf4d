"""Directives, variables, commands, options, codes, metrics and messages: whatever is in the code is in the guides, and the
other way round."""

import json
import os
import re
import subprocess

import pytest
from guides import ROOT, blocks, guides, rows, source, text_of

PROGRAM = os.environ.get("ABMCTL", str(ROOT / "build/tools/abmctl"))
CONTEXTS = {"kAnywhere": "http, server, location", "NGX_HTTP_MAIN_CONF": "http", "NGX_HTTP_LOC_CONF": "location"}


def help_of(*command):
    return subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def commands():
    """Command → its options."""
    text = help_of()
    names = re.findall(r"^  ([a-z][a-z-]*) ", text[text.index("Subcommands:"):], re.MULTILINE)
    return {name: set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", help_of(name))) for name in names}


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


# --- nginx ---------------------------------------------------------------------------------------------------------


def directives():
    """Name → contexts, from the directive table of the code."""
    text = source("module/directives.cpp")
    found = dict(re.findall(r'\{literal\("(abm\w*)"\),\s*(kAnywhere|NGX_HTTP_MAIN_CONF|NGX_HTTP_LOC_CONF) \|', text))
    assert len(found) == text.count("{literal(\"abm")
    return {name: CONTEXTS[context] for name, context in found.items()}


def defaults():
    """The defaults from merge_loc_conf and init_main_conf, written as in the table."""
    text = source("module/conf.cpp")

    def number(name):
        product = re.search(rf"{name} = ([\d *]+);", text).group(1)
        value = 1
        for factor in product.split("*"):
            value *= int(factor)
        return value

    opt_out = re.search(r"default_opt_out\[\] = \{(.*?)\};", text, re.DOTALL).group(1)
    types = re.search(r"default_types\[\] = \{(.*?)\};", text, re.DOTALL).group(1)
    enabled = re.search(r"merge_value\(conf->enable, previous->enable, (\d)\)", text).group(1)
    no_transform = re.search(r"static_cast<ngx_uint_t>\(NoTransform::k(\w+)\)", text).group(1)
    delivery = re.search(r"static_cast<ngx_uint_t>\(rules::Delivery::k(\w+)\)", text).group(1)
    remember = re.search(r"merge_sec_value\(conf->remember, previous->remember, (\d)\)", text).group(1)
    log_ip = re.search(r"previous->log_ip, static_cast<ngx_uint_t>\(LogIp::k(\w+)\)", text).group(1)
    gzip = re.search(r"static_cast<ngx_uint_t>\(Gzip::k(\w+)\)", text).group(1)
    return {
        "abm": ["off", "on"][int(enabled)],
        "abm_remember": {"0": "off"}[remember],
        "abm_log_ip": log_ip.lower(),
        "abm_delivery": delivery.lower(),
        "abm_gzip": gzip.lower(),
        "abm_no_transform": no_transform.lower(),
        "abm_types": " ".join(re.findall(r'literal\("([^"]+)"\)', types)),
        "abm_opt_out": " ".join("$" + name for name in re.findall(r'literal\("([^"]+)"\)', opt_out)),
        "abm_max_tag": f"{number('kDefaultMaxTag') // 1024}k",
        "abm_page_memory": f"{number('kDefaultPageMemory') // 1024 // 1024}m",
        "abm_poll": f"{number('kDefaultPoll') // 1000}s",
        "abm_zone": f"{number('kDefaultZone') // 1024 // 1024}m",
    }


def test_the_directive_table_is_the_code_s():
    table = {code(row[0])[0].split()[0]: (row[1], row[2].replace("`", "")) for row in rows("README.md", "| directive")}
    known = {name: (contexts, defaults().get(name, "–")) for name, contexts in directives().items()}
    assert table == known


def test_the_variables_are_the_code_s():
    known = {name.replace("abm_attr_", "abm_attr_NAME")
             for name in re.findall(r'\{literal\("(abm_\w+)"\)', source("module/variables.cpp"))}
    paragraph = re.search(r"^Variables for .*?\n\n", text_of("README.md"), re.MULTILINE | re.DOTALL).group()
    assert {name.removeprefix("$") for name in code(paragraph) if name.startswith("$abm")} == known


def test_every_directive_and_variable_that_a_guide_names_exists():
    known = set(directives()) | {"$" + name for name in re.findall(r'\{literal\("(abm_\w+)"\)', source("module/variables.cpp"))}
    for guide in guides():
        for block in blocks(guide):
            if block.language != "nginx":
                continue
            for name in re.findall(r"^\s*(abm\w*)\s", block.text, re.MULTILINE):
                assert name in known, f"{guide}:{block.line}: {name}"
            for name in re.findall(r"\$abm_\w+", block.text):
                assert name in known or name.startswith("$abm_attr_"), f"{guide}:{block.line}: {name}"


def test_metrics_are_the_code_s():
    known = set(re.findall(r'"(abm_\w+)"', source("module/counter_table.h", "module/prometheus.cpp")))
    told = {name for row in rows("conf/README.md", "| metric") for name in code(row[0])}
    assert told == known


def page_skips():
    """Why a page may have stayed original, in the order of the code."""
    names = re.findall(r'\{Skip::k\w+, "([a-z-]+)"\}', source("module/skip.cpp"))
    assert names[0] == "none"
    return names[1:names.index("ambiguous") + 1]


def test_reasons_are_the_code_s():
    assert {code(row[0])[0] for row in rows("conf/README.md", "| reason")} == set(page_skips())


def test_the_schema_s_reasons_are_the_code_s():
    schema = json.loads(text_of("module/visit.schema.json"))
    assert schema["properties"]["skip"]["enum"] == [None, *page_skips()]


def test_the_loads_are_the_code_s():
    known = set(re.findall(r'\{"([\w-]+)", If::', source("module/page_load.cpp")))
    table = rows("conf/README.md", "| `load` | requests")
    told = {re.match(r"[\w-]+", entry).group() for row in table for entry in code(row[1]) if entry[0].isupper()}
    assert told == known and [code(row[0])[0] for row in table] == ["prefetch", "partial", "page"]


def test_the_headers_that_caches_obey_are_the_code_s():
    known = set(re.findall(r'\{"-?([\w-]+)", (?:true|false), ', source("module/cache_headers.cpp")))
    assert len(known) == 7
    section = text_of("conf/README.md").split("## Caches and CDNs")[1].split("\n## ")[0]
    assert all(f"`{name}`" in section or f"`…-{name}`" in section for name in known)


def literals(call):
    """The text of adjacent string literals, with nginx's and fmt's placeholders as '…'."""
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', call)).replace('\\"', '"')
    return re.sub(r"%[a-zA-Z]+|\{[^{}]*\}", "…", text)


def messages():
    """What the module writes to nginx's log."""
    text = source("module/*.cpp")
    calls = re.findall(r"ngx_(?:conf_)?log_error\((.*?)\);", text, re.DOTALL)
    return {literals(call) for call in calls}


def test_every_message_of_the_module_is_in_the_runbook_and_the_other_way_round():
    told = {entry for row in rows("conf/README.md", "When it starts or") + rows("conf/README.md", "While it runs, in")
            for entry in code(row[0])}
    for message in messages():
        assert any(pattern_of(entry).fullmatch(message) for entry in told), f"not in the runbook: {message}"
    ours = messages()
    for entry in told:
        if entry.startswith(("unknown directive", "module \"…\" version", "… is not binary")):
            continue  # nginx's own
        assert any(pattern_of(entry).fullmatch(message) or entry.startswith("abm: …") for message in ours), \
            f"the module does not say: {entry}"


def pattern_of(entry):
    return re.compile("…".join(re.escape(part) for part in entry.split("…")).replace("…", ".*"), re.DOTALL)


def test_what_publish_says_is_in_the_code():
    text = literals_of_all(source("generation/*.cpp", "base/*.cpp", "tools/*.cpp", "ipdb/*.cpp"))
    for row in rows("conf/README.md", "Everything that has a place"):
        for entry in code(row[0]):
            assert any(pattern_of(entry).match(message) for message in text), f"nobody says: {entry}"


def literals_of_all(text):
    runs = re.findall(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', text)
    return {literals(run) for run in runs}


def test_doctor_s_checks_are_told():
    known = set(re.findall(r'\.(?:ok|note|problem)\(\s*"([a-z-]+)"', source("tools/doctor/*.cpp", "tools/commands/doctor.cpp")))
    assert {code(row[0])[0] for row in rows("conf/README.md", "| check |")} == known


def test_why_a_page_is_not_recalled_is_the_code_s():
    known = set(re.findall(r'return refuse\("([^"]+)"\)', source("module/page_lesson.cpp", "rewrite/recall/page_learner.cpp")))
    known |= set(re.findall(r'kNoMemory = "([^"]+)";', source("module/page_store.cpp")))
    known |= set(re.findall(r'"((?:it|the page) [^"]+)"', source("module/page_memory.cpp")))
    told = {entry for row in rows("conf/README.md", "| why | what it means") for entry in code(row[0])}
    remedied = set(re.findall(r'^    \{"([^"]+)",', source("tools/doctor/check_unrecalled.cpp"), re.MULTILINE))
    assert told == known and remedied == known


# --- abmctl --------------------------------------------------------------------------------------------------------


def test_every_command_is_told_and_every_one_told_exists(commands):
    told = {entry.split()[1] for row in rows("README.md", "| command |") for entry in code(row[0])}
    assert told == commands.keys()


def commands_shown(guide):
    """(command, the rest of its line) wherever a guide shows abmctl in code."""
    shown = [line for block in blocks(guide) for line in re.sub(r"\\\n", " ", block.text).splitlines()]
    prose = re.sub(r"^```.*?^```", "", text_of(guide), flags=re.MULTILINE | re.DOTALL)
    shown += re.findall(r"`([^`\n]+)`", prose)
    for line in shown:
        for command, rest in re.findall(r"(?:^|[\s/])abmctl ([a-z][a-z-]*)([^|#;&]*)", line):
            yield command, rest


def test_every_command_and_option_that_a_guide_shows_exists(commands):
    for guide in guides():
        for command, rest in commands_shown(guide):
            assert command in commands, f"{guide}: abmctl has no command {command}"
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest):
                assert option in commands[command], f"{guide}: abmctl {command} has no {option}"


def test_every_command_has_an_example_in_its_help(commands):
    for name in commands:
        assert re.search(rf"^  .*abmctl {name}\b", help_of(name), re.MULTILINE), name


def test_warning_codes_are_the_code_s():
    known = set(re.findall(r'"(ABM\d{3})"', source("rules/lint_codes.h")))
    assert {row[0] for row in rows("rules/README.md", "| code |")} == known
    for guide in guides():
        assert set(re.findall(r"ABM\d{3}", text_of(guide))) <= known, guide


def test_links_between_guides_lead_somewhere():
    for guide in guides():
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text_of(guide)):
            if not re.match(r"https?:|mailto:", target):
                assert (ROOT / guide).parent.joinpath(target).exists(), f"{guide}: {target}"
