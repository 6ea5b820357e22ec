"""What a text shows of a module without being parsed."""

from __future__ import annotations

import time

import pytest

from taskguard.project.python.shown import (
    bound_in_try,
    defines,
    may_import,
    may_shadow,
    only_defined,
    says,
    says_any,
    times,
)
from taskguard.project.python.text_questions import only_imported


@pytest.mark.parametrize(
    "text",
    [
        "def send(): ...",
        "x = 1\nasync def send(): ...",
        "class \t send:\n",
        "send = 1\n",
        "send: int = 1\n",
        "a = 2\nsend  =3",
    ],
)
def test_what_stands_at_module_level_defines_a_name(text: str) -> None:
    assert defines(text, "send")


@pytest.mark.parametrize(
    "text",
    [
        "    def send(): ...",
        "def sender(): ...",
        "def resend(): ...",
        "send == 1",
        "other.send = 1",
        "send()",
        "# class send",
        "",
    ],
)
def test_what_stands_elsewhere_or_is_called_otherwise_defines_nothing(text: str) -> None:
    assert not defines(text, "send")


def test_only_whole_words_are_said() -> None:
    assert says("a.send()", "send")
    assert not says("resend(); send_all(); SEND", "send")
    assert times("send; resend; a.send(send_all, send)", "send") == 3
    assert not says("a..b", "") and not times("", "") and not defines("x = 1", "")
    assert says_any("one two", ["three", "two"])
    assert not says_any("one two", [])
    assert says_any("one two", [f"name{number}" for number in range(50)] + ["one"])
    assert not says_any("ones twos", [f"name{number}" for number in range(50)] + ["one"])


@pytest.mark.parametrize(
    "text",
    [
        "import send",
        "from a import (\n    other,\n    send,\n)",
        "from a import x, send",
        "from a import x as send",
        "def f():\n  from . import send",
    ],
)
def test_an_import_may_bind_a_name_in_every_form(text: str) -> None:
    assert may_import(text, "send")


def test_a_call_or_attribute_imports_nothing() -> None:
    assert not may_import("send()\nself.send.x()\nsend = 1\n", "send")


def test_an_import_or_function_may_hide_a_submodule() -> None:
    assert may_shadow("from .a import send\n", "send")
    assert may_shadow("def send(): ...\n", "send")
    assert not may_shadow("send = 1\n# def send\n", "send")


def test_one_line_of_any_length_is_looked_at_in_time_that_grows_with_it() -> None:
    started = time.process_time()
    assert not defines("(" + "send," * 200_000, "send")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("try:\n    import fast\nexcept ImportError:\n    fast = None\n", {"fast": True}),
        ("try:\n    import fast as quick, slow.inner\nexcept ImportError:\n    pass\n", {"quick": False, "slow": True}),
        ("try:\n    from fast import one, two as three\nexcept ImportError:\n    pass\n", {"one": False, "three": False}),
        ("try:\n    mode = 1\nexcept ImportError:\n    pass\n", {"mode": False}),
        ("try:\n    import fast  # quick\n    if x:\n        import other\nexcept ImportError:\n    pass\n", {"fast": True}),
        ("try:\n    import fast\nexcept ImportError:\n    pass\ndel fast\n", {}),
        ("def f():\n    try:\n        import fast\n    except ImportError:\n        pass\n", {}),
        ("import fast\n", {}),
        ('"""\ntry:\n    import fast\nexcept ImportError:\n    pass\n"""\n', {}),
        ('"""\ntry:\n    import fast\nexcept ImportError:\n    pass\n"""\ntry:\n    import slow\nexcept ImportError:\n    pass\n', {"slow": True}),
    ],
)  # fmt: skip
def test_what_a_try_at_module_level_binds(text: str, bound: dict[str, bool]) -> None:
    assert bound_in_try(text) == bound


@pytest.mark.parametrize(
    "text",
    [
        "def send(): ...",
        "class send(Base):\n    send_all = 1\n",
        "@task\nasync def send():\n    return 1\n\n\ndef other():\n    send = 2\n    return send\n",
        "def send(): ...\n\n\nx = send()\nother.send = 1\nnames = ['send']\n",
    ],
)
def test_one_definition_that_nothing_else_binds(text: str) -> None:
    assert only_defined(text, "send")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "send = 1\n",
        "if x:\n    def send(): ...\n",
        "def send(): ...\n\n\nsend = app\n",
        "def send(): ...\n\n\nif x:\n    send: Celery = app\n",
        "def send(): ...\n\n\ndef make():\n    global send\n    send = app\n",
        "from a import send\n\n\ndef send(): ...\n",
        "from a import (\n    b,\n    send,\n)\n\n\nclass send: ...\n",
        "class A:\n    def send(self): ...\n",
        "def send(): ...\nfor send in apps: ...\n",
        "def send(): ...\nwith app as send: ...\n",
        "def send(): ...\ndel send\n",
        "def send(): ...\n\n\ndef send(): ...\n",
    ],
)
def test_a_name_that_something_else_may_bind_is_not_only_defined(text: str) -> None:
    assert not only_defined(text, "send")


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("from a import send\n\n\ndef other(): ...\n", True),
        ("from a import (\n    b,\n    send,\n)\n__all__ = ['send']\n", True),
        ("from a import b as send\n", False),
        ("from a import send\nsend = app\n", False),
        ("from a import b; send = app\n", False),
        ("try:\n    from a import send\nexcept ImportError:\n    send = None\n", False),
        ("from a import b, \\\n    send\n", False),
        ("from a import send\nsend += more\n", False),
    ],
)
def test_a_name_that_only_imports_bind(text: str, only: bool) -> None:
    assert only_imported.of(text, "send") is only
