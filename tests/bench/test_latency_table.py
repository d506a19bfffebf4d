"""The load comparison's report prints no latency that is noise."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/load"))

from report import NOISE, added, latency_table  # noqa: E402: from the folder above


def rounds(*values):
    return [{"p50": value, "p99": value, "p999": value} for value in values]


PLAIN = rounds(150, 152, 149, 151)


def test_a_difference_larger_than_its_spread_is_printed():
    assert added(rounds(186, 190, 184, 187), PLAIN, "p50") == "+36"


def test_a_difference_below_zero_is_noise():
    base = rounds(41_400, 41_300, 41_500, 41_390)
    assert added(rounds(650, 655, 648, 660), base, "p99") == NOISE


def test_a_difference_smaller_than_its_spread_is_noise():
    assert added(rounds(700, 152, 4000, 900), PLAIN, "p999") == NOISE
    assert added(rounds(186, 190, 184, 150), PLAIN, "p50") == NOISE


def test_a_difference_as_between_two_plain_nginx_is_noise():
    assert added(rounds(155, 157, 154, 156), PLAIN, "p50") == NOISE


def test_one_round_shows_nothing():
    assert added(rounds(500), rounds(150), "p50") == NOISE


def test_the_table_says_what_its_sign_means():
    results = {"contenders": ["plain", "abm"],
               "latency": {"static": {"plain": PLAIN, "abm": rounds(186, 190, 184, 187)},
                           "proxied": {"plain": PLAIN, "abm": rounds(120, 400, 90, 151)}}}
    lines = latency_table(results)
    assert lines[2] == "| plain nginx, no change | (150) | (150) | (150) | (150) | (150) | (150) |"
    assert lines[3] == f"| **abm, identified, 5 slots** | +36 | +36 | +36 | {NOISE} | {NOISE} | {NOISE} |"
    assert lines[-1].startswith(f"{NOISE}: within noise.")
    assert latency_table({"latency": {}}) == []
