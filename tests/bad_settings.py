"""Every text in the tests that could be a settings file: what one test writes into one, each door is run against."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import msgspec

from harness import SETTINGS, SUITES, suite_items
from taskguard.settings.schema import SettingsTable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TESTS = Path(__file__).parent
KEYS = frozenset(field.encode_name for field in msgspec.structs.fields(SettingsTable))
OURS = re.compile(r"^\[+tool\b", re.MULTILINE)
ODD = (
    b"\xef\xbb\xbfsorc = []\n",
    'packs = ["core"]\n'.encode("utf-16"),
    b"packs = [\n",
    b"packs = 'core\n",
    b"a = \xff\n",
    b"a = \x00\n",
    b"a = 1\na = 2\n",
    b"[a]\n[a]\n",
    b"a = " + b"[" * 2_000 + b"]" * 2_000,
    b"levels.TG101 = 9" + b"9" * 5_000,
    b"[tool]\ntaskguard = 3\n",
    b"[tool.taskguard]\n[tool.taskguard]\n",
    b"tool = [{ taskguard = { sorc = 1 } }]\n",
    "packs = ['caf\u00e9\u2028\u202e']\n".encode(),
    b"'a\\nb\\u0007' = 1\n",
    b'packs = ["' + b"x" * 10_000 + b'"]\n',
    b'packs = ["/", "..", "."]\n',
    b'packs = ["\\u0000.toml"]\n',
    b'checkers = ["", "a b", "os:system"]\n',
    b'exclude = ["' + b"**/" * 500 + b'[x"]\n',
)


def texts() -> list[bytes]:
    """All of them, each once, in order of the files that have them; good ones are among them."""
    found = dict.fromkeys(ODD)
    for file in sorted(TESTS.glob("test_*.py")):
        about_settings = file.stem.startswith("test_settings")
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                data = node.value.encode("utf-8", "replace") if isinstance(node.value, str) else node.value
                if is_settings(data, about_settings):
                    found.setdefault(data)
    for suite in sorted(SUITES.glob("tg*.md")):
        for section in suite_items(suite):
            if SETTINGS in section.files:
                found.setdefault(section.files[SETTINGS].encode())
    return list(found)


def is_settings(data: bytes, about_settings: bool) -> bool:
    """Whether a text could be a settings file: it is TOML, or stands in a test of settings and has an equals sign and an end of line."""
    if b"=" not in data and b"[" not in data:
        return False
    try:
        table = tomllib.loads(data.decode())
        return "tool" in table or not KEYS.isdisjoint(table) or (about_settings and bool(table))
    except ValueError:
        return about_settings and b"=" in data and data.endswith(b"\n")


def file_name(data: bytes) -> str:
    """The settings file that a text is meant for."""
    return "pyproject.toml" if OURS.search(data.decode("utf-8", "replace")) or data.startswith(b"tool") else SETTINGS
