"""The folders from which a project's packaging and test settings say that imports count."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question
from taskguard.patterns import regex

QUOTED = r"[\"']([^\"']+)[\"']"
LIST = regex(QUOTED)
# setuptools, in both files and in code; poetry; hatch; pdm; pytest.
WHERE = regex(r"^\s*where\s*=\s*(\[[^\]]*\]|[\"']?[\w./-]+[\"']?)", re.M)
PACKAGE_DIR = regex(r"package[-_]dir(?:ectory)?[\"']?\s*(?:=|\])\s*\{?[^}\n]*?[\"']{2}\s*[:=]\s*" + QUOTED)
PACKAGE_DIR_TABLE = regex(r"\[tool\.setuptools\.package-dir\]\s*[\"']{2}\s*=\s*" + QUOTED)
PACKAGE_DIR_CFG = regex(r"^package_dir\s*=\s*\n\s+=\s*([\w./-]+)", re.M)
FROM = regex(r"\bfrom\s*=\s*" + QUOTED)
FIND = regex(r"find_(?:namespace_)?packages\(\s*(?:where\s*=\s*)?" + QUOTED)
HATCH = regex(r"^\s*packages\s*=\s*\[([^\]]*)\]", re.M)
SOURCES = regex(r"^\s*sources\s*=\s*\[([^\]]*)\]", re.M)
PYTHONPATH = regex(r"^\s*pythonpath\s*=\s*(\[[^\]]*\]|[^\n]+)", re.M)


@Question
def named_roots(text: str, name: str) -> list[str]:
    """The folders that a file of this name names, relative to its own."""
    if not text:
        return []
    made: dict[str, None] = {}
    if name in ("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"):
        for found in PYTHONPATH.findall(text):
            made.update(dict.fromkeys(_listed(found)))
    if name == "setup.py":
        made.update(dict.fromkeys((*FIND.findall(text), *PACKAGE_DIR.findall(text))))
    if name == "setup.cfg":
        made.update(dict.fromkeys(PACKAGE_DIR_CFG.findall(text)))
    if name in ("setup.cfg", "pyproject.toml"):
        for found in WHERE.findall(text):
            made.update(dict.fromkeys(_listed(found)))
    if name == "pyproject.toml":
        made.update(dict.fromkeys((*PACKAGE_DIR.findall(text), *PACKAGE_DIR_TABLE.findall(text), *FROM.findall(text))))
        for found in SOURCES.findall(text):
            made.update(dict.fromkeys(LIST.findall(found)))
        if "hatch" in text:
            for found in HATCH.findall(text):
                made.update(dict.fromkeys(one.rpartition("/")[0] for one in LIST.findall(found) if "/" in one))
    plain = ("" if one.strip() in (".", "./") else one.strip().removeprefix("./").strip("/") for one in made)
    return [one for one in plain if ".." not in one.split("/")]


def _listed(text: str) -> list[str]:
    """The words of a list, or of a line that is one."""
    return LIST.findall(text) if "[" in text or '"' in text or "'" in text else text.split("#")[0].split()
