"""What the imports of a project say is read once from the texts, and files are searched for words only where parts of these were found."""

from __future__ import annotations

from taskguard.engine.checking import link
from taskguard.engine.rule_worker import groups
from taskguard.engine.searches import WORD, Searches
from taskguard.facts.model import Facts
from taskguard.facts.relevance import TASK_WORDS, WORDS, implies, relevant
from taskguard.project.python.imports import imports_of
from taskguard.project.python.project import Project
from taskguard.project.python.shown import asked_by_dot, bound_in_try, may_bind
from taskguard.rule import ProjectRule

FILES = {
    "shop/__init__.py": "",
    "shop/mail.py": "def post():\n    return 1\n\n\ndef fetch():\n    return 2\n\n\nclass Mail:\n    pass\n",
    "shop/one.py": "from shop.mail import post\n\n\ndef run():\n    return post()\n",
    "shop/two.py": "from .mail import (\n    fetch as get,\n    Mail,\n)\n\n\ndef run():\n    return get(Mail)\n",
    "shop/three.py": 'import shop.mail, os.path as path\n\nTEXT = "from shop.mail import 1"\n\n\ndef run():\n    return path\n',
}


def parsing(parsed: list[str]) -> Project:
    """The project of FILES, which notes what is parsed."""
    project = link(FILES)
    facts_of = project._facts_of

    def noted(path: str) -> Facts:
        parsed.append(path)
        return facts_of(path)

    project._facts_of = noted
    return project


def test_only_files_that_import_the_name_are_parsed() -> None:
    parsed: list[str] = []
    project = parsing(parsed)
    mail = project.modules["shop/mail.py"]
    found = imports_of(project).importers_of(mail, "fetch")
    assert [(module.path, one.bound) for module, one in found] == [
        ("shop/two.py", "get")
    ] and "shop/one.py" not in parsed
    every = imports_of(project).importers(mail)
    assert {name: [user.path for user, _ in users] for name, users in every.items()} == {
        "post": ["shop/one.py"], "fetch": ["shop/two.py"], "Mail": ["shop/two.py"],
    }  # fmt: skip
    assert imports_of(project).importers_of(mail, "post") == every["post"] and not imports_of(project).importers_of(
        mail, "x"
    )


def test_imports_of_all_forms_are_told_without_a_parser() -> None:
    parsed: list[str] = []
    imports = imports_of(parsing(parsed))
    assert imports.written("shop/three.py") == [("shop.mail", ""), ("shop.mail", None)]
    assert imports.named("shop/two.py") == {"mail": [".mail"], "fetch": [".mail.fetch"], "Mail": [".mail.Mail"]}
    assert not parsed


def test_a_word_that_makes_a_file_relevant_is_looked_for_in_relevant_files_only() -> None:
    assert all(implies(b"x" + word + b"y") for word in (*WORDS, *TASK_WORDS))
    assert not any(implies(word) for word in (b"worker_main", b"task", b"CELERY_LOADER", b".delay("))
    assert all(relevant(word) for word in WORDS)


class NothingKept:
    """The cache of a first run."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.searched: dict[bytes, set[str]] = {}
        self.asked: set[bytes] = set()

    def found(self, search: bytes) -> None:
        return None


def test_a_part_of_words_is_looked_for_once() -> None:
    texts = {
        "a.py": b"worker_main()",
        "b.py": b"import worker_ready",
        "c.py": b"nothing",
        "d.py": b"on_after_configure",
        "e.py": b"celery -A shop",
    }
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path)
        return texts[path]

    searches = Searches(NothingKept(), texts, ["e.py"], noted)  # type: ignore[arg-type]

    def find(*words: bytes) -> set[str]:
        read.clear()
        return searches.find([WORD + one for one in words])

    assert find(b"worker_main", b"worker_ready", b"worker_") == {"a.py", "b.py"}
    assert sorted(read) == sorted([*texts, "a.py", "b.py"])
    assert find(b"worker_process") == set() and sorted(read) == ["a.py", "b.py"]
    assert find(b"celery -A", b"celery.bin") == {"e.py"} and read == ["e.py"]
    assert find(b"nothing") == {"c.py"} and read == [*texts]


def test_rules_that_share_what_they_ask_for_are_run_by_one_process() -> None:
    class One(ProjectRule, code="XX1", since="1", heavy=True, shares="imports"):
        """One."""

    class Two(ProjectRule, code="XX2", since="1"):
        """Two."""

    class Three(ProjectRule, code="XX3", since="1", shares="imports"):
        """Three."""

    one, two, three = One(), Two(), Three()
    assert groups([one, two, three]) == [[one, three], [two]]


def test_names_that_a_try_binds_are_read_from_the_text() -> None:
    text = (
        "import a\ntry:\n    import b, c.d\n    from e import f as g, h\n    I = 1\n    if a:\n        import j\n"
        "except ImportError:\n    k = None\n"
    )
    assert bound_in_try(text) == {"b": True, "c": True, "g": False, "h": False, "I": False}
    assert bound_in_try(text + "del b, h\n").keys() == {"c", "g", "h", "I"}
    assert not bound_in_try(f'"""\n{text}"""\n')


def test_what_may_bind_a_name_is_told_by_the_text() -> None:
    bound = (
        "x = 1",
        "from a import x",
        "import x.y",
        "def x(): ...",
        "class x(object): ...",
        "for x in y: ...",
        "(a, x) = b",
    )
    free = ("x()", "x.y = 1", '"x"', "y.x = 1", "def f():\n    x = 1\n", "xx = 1")
    assert all(may_bind(text, "x") for text in bound) and not any(may_bind(text, "x") for text in free)
    assert may_bind("def f():\n    global x\n    x = 1\n", "x")
    assert asked_by_dot("a.b .x", "x") and not asked_by_dot('patch("a.b.x"), x()', "x")
