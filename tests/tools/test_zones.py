"""Schedules in many zones and years, against Python's zoneinfo, with zone files of both kinds: "fat" ones have a table of clock
changes up to 2037, "slim" ones end it as soon as one rule holds for good (RFC 9636, section 3.3)."""

import datetime
import pathlib
import shutil
import subprocess
import zoneinfo

import pytest

SOURCE = pathlib.Path("/usr/share/zoneinfo/tzdata.zi")
ZONES = [
    "Africa/Casablanca", "America/Asuncion", "America/Chicago", "America/Havana", "America/Nuuk", "America/Santiago",
    "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Asia/Tehran",
    "Atlantic/Azores", "Australia/Lord_Howe", "Europe/Berlin", "Europe/Dublin", "Pacific/Apia", "Pacific/Auckland",
    "Pacific/Chatham", "Pacific/Easter", "UTC",
]
YEARS = [1995, 2011, 2026, 2027, 2037, 2038, 2050, 2087, 2100]
UTC = datetime.timezone.utc


@pytest.fixture(scope="module", params=["fat", "slim"])
def zone_files(request, tmp_path_factory):
    if shutil.which("zic", path="/usr/sbin:/usr/bin:/sbin:/bin") is None or not SOURCE.exists():
        pytest.skip("zic or the sources of the zones are missing")
    folder = tmp_path_factory.mktemp(request.param)
    zic = shutil.which("zic", path="/usr/sbin:/usr/bin:/sbin:/bin")
    subprocess.run([zic, "-b", request.param, "-d", folder, SOURCE], check=True)
    zoneinfo.reset_tzpath(to=[folder])
    zoneinfo.ZoneInfo.clear_cache()
    yield folder
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


def clock_changes(zone, year):
    """The UTC hours of a year after which the offset differs."""
    at = datetime.datetime(year, 1, 1, tzinfo=UTC)
    offset = at.astimezone(zone).utcoffset()
    while at.year == year:
        at += datetime.timedelta(days=1)
        if at.astimezone(zone).utcoffset() == offset:
            continue
        for _ in range(24):
            before = at - datetime.timedelta(hours=1)
            if before.astimezone(zone).utcoffset() == offset:
                break
            at = before
        yield at
        at += datetime.timedelta(days=1)
        offset = at.astimezone(zone).utcoffset()


def local_times(zone):
    """What to ask for: whole days and minutes, all around the clock changes and elsewhere."""
    for year in YEARS:
        for month in (1, 4, 7, 10):
            yield datetime.date(year, month, 15)
            yield datetime.datetime(year, month, 15, 12, 30)
        for change in clock_changes(zone, year):
            here = change.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
            for days in (-1, 0, 1):
                yield (here + datetime.timedelta(days=days)).date()
            for minutes in (-121, -61, -60, -31, -30, -1, 0, 1, 29, 30, 59, 60, 61, 121):
                yield here + datetime.timedelta(minutes=minutes)


def expected(moment, zone):
    """The instant, or "skipped" or "repeated"."""
    is_date = not isinstance(moment, datetime.datetime)
    local = datetime.datetime(moment.year, moment.month, moment.day) if is_date else moment
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first if first == second else "repeated"
    if not is_date:
        return "skipped"
    # The first second that shows the date or a later one.
    low, high = first - datetime.timedelta(days=2), first + datetime.timedelta(days=2)
    while high - low > datetime.timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) >= local:
            high = middle
        else:
            low = middle
    return high


def write_rules(site, zone, texts):
    rules = [f"abm: rules/1\ntimezone: {zone}\nslots: {{ cta: '#cta' }}\nrules:\n"]
    for i, text in enumerate(texts):
        rules.append(f"  - {{ id: r{i}, schedule: {{ from: {text} }}, rewrite: {{ cta: {{ text: x }} }} }}\n")
    (site / "zones.yaml").write_text("".join(rules))


@pytest.mark.parametrize("name", ZONES)
def test_times_are_those_of_the_zone(site, zone_files, monkeypatch, name):
    monkeypatch.setenv("TZDIR", str(zone_files))
    zone = zoneinfo.ZoneInfo(name)
    moments = sorted(set(local_times(zone)), key=str)
    texts = [m.strftime("%Y-%m-%dT%H:%M") if isinstance(m, datetime.datetime) else m.isoformat() for m in moments]
    wanted = dict(zip(texts, (expected(m, zone) for m in moments)))
    good = [text for text in texts if not isinstance(wanted[text], str)]
    bad = [text for text in texts if isinstance(wanted[text], str)]
    files = ["--rules", "zones.yaml", "--accounts", "accounts.ndjson"]

    write_rules(site, name, good)
    visit = site.json("explain", *files, "--account", "deere", "--url", "/", "--at", "1900-01-01T00:00Z")
    found = {good[int(rule["id"][1:])]: rule["reason"].removeprefix("schedule: starts ") for rule in visit["rules"]}
    assert found == {text: wanted[text].strftime("%Y-%m-%dT%H:%M:%SZ") for text in good}

    if not bad:
        return
    write_rules(site, name, bad)
    messages = {f["line"] - 5: f["message"] for f in site.json("check", *files, status=1)["findings"] if f["severity"] == "error"}
    asked, meant = [], []
    for i, text in enumerate(bad):
        # A date's message names both midnights, a time's the offsets.
        assert ("does not exist in" if wanted[text] == "skipped" else "write" if len(text) == 10 else "happens twice in") in messages[i], text
        if wanted[text] == "skipped":
            continue
        full = f"{text}T00:00" if len(text) == 10 else text
        offsets = [word for word in messages[i].replace(full, "").split() if word[0] in "+-"]
        first, second = (datetime.datetime.fromisoformat(full + offset).astimezone(UTC) for offset in offsets)
        assert [first, second] == [datetime.datetime.fromisoformat(full).replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        asked += [full + offset for offset in offsets]
        meant += [first, second]
    if not asked:
        return
    # What the messages ask for is accepted.
    write_rules(site, name, asked)
    visit = site.json("explain", *files, "--account", "deere", "--url", "/", "--at", "1900-01-01T00:00Z")
    assert [rule["reason"].removeprefix("schedule: starts ") for rule in visit["rules"]] == [
        at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in meant]


def test_names_are_those_of_the_zone_files(site, zone_files, monkeypatch):
    monkeypatch.setenv("TZDIR", str(zone_files))
    write_rules(site, "Europe/Berln", ["2026-12-01"])
    files = ["--rules", "zones.yaml", "--accounts", "accounts.ndjson"]
    assert "did you mean 'Europe/Berlin'?" in site.errors("check", *files, status=1)
    monkeypatch.setenv("TZDIR", str(site.folder))
    assert "this machine has no time zone database (install tzdata)" in site.errors("check", *files, status=1)
