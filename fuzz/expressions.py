"""Generated literals and expressions: what can stand where Celery wants a value, the odd above all."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random

PLAIN = (
    "None", "True", "False", "...", "0", "1", "-1", "3", "60", "300", "1.5", "-0.0", "1e3", '""', '"mail"', '"a.b.*"', '"shop.tasks.send"', '"*"', '"*/5"',
    '"10/m"', '"celery"', '"rpc://"', "b'x'", "2j", "[]", "()", "{}", "set()", "KNOWN", "UNKNOWN", "NUMBERS", "OPTIONS", "Colour.RED", "Colour", "Options", "made()", "odd()",
    "__name__", "shop.tasks", "os.environ", "print", "ValueError", "float", "self", "app", "send", "send.name", "send.s(1)",
)  # fmt: skip
ODD = (
    "10**400", "-10**400", "1e400", "-1e400", 'float("nan")', 'float("inf")', 'float("-inf")', "0x" + "f" * 5000, "-0x" + "f" * 4000, "9" * 4299, "9" * 4301, "1" * 400 + ".0",
    "10**18", "10**15", "2**63", "-2**63", "9223372036854775808", "1 << 10000", "2**64**64", "9**9**9", '"a" * 10**9', "[0] * 10**9", '"%*d" % (10**9, 1)', '"{:>1000000000}".format(1)',
    '"{0:{1}}".format(1, 10**9)', '"\\ud800"', '"\\udfff.x"', '"\\x00"', '"a\\nb"', '"\\x1b[2J"', '"\\u202e"', '"\\U0010ffff"', '"é" * 3', '"' + "x" * 12000 + '"', '"' + "%s" * 3000 + '"',
    "b'" + "\\x00" * 3000 + "'", "{(1, [2]): 1}", "{[1]: 2}", "([],)", "{1}", "{[1]}", "{1, 1.0, True}", "{(1, {2}): 3}", "{None: 1}", "{1: 2, 'a': 3}", "{1: 1, None: 2, 'x': 3, (1,): 4}",
    '{"task": [], "schedule": {}}', '{"queue": {"x": [1]}}', '{"queue": {1}}', '{"queue": ([],)}', '{"queue": 10**400}', "[*Colour]", "(*KNOWN,)", "{**OPTIONS}", "{**None}", "{**{1: 2}}",
    '["mail", 3, None]', '[("a", [1]), ("b", {2})]', '[["a", {"queue": [1]}]]', '(["x", "y"],)', "[[[[[[[[[[1]]]]]]]]]]", "timedelta(days=10**10)", "timedelta(seconds=1e400)",
    "timedelta(**OPTIONS)", 'timedelta(seconds=float("nan")).total_seconds()', "timedelta(10**18).total_seconds()", "timedelta(10**400).total_seconds()", "crontab(hour=[1, [2]])", "crontab(hour={1, 'a'})",
    "crontab(minute=10**400)", 'crontab(minute="*/0")', 'crontab(day_of_month="9" * 9)', 'crontab(minute="' + "9" * 5000 + '")', 'crontab(minute="5-' + "1" * 30 + '")', "crontab(*KNOWN, **OPTIONS)",
    'crontab(hour="²")', 'crontab(minute="٣")', "crontab(hour=Colour)", "crontab(hour=timedelta(1))", "Queue([1])", "Queue({1: [2]})", "Queue(10**400)", "Queue(name=Queue('x'))", "Queue()", "schedule(10**400)",
    "schedule(run_every=[1])", 'schedule(float("nan"))', "schedule(timedelta(hours=1e308))", "solar([1], 2, 3)", 're.compile("[")', 're.compile("(?P<a>")', 're.compile("a" * 10**6)', 're.compile("(" * 200)',
    "int('9' * 5000)", 'int("9999999999999999999999999")', "float('1e400')", "str(10**400)", "list('ab')", "set([[1]])", "frozenset([1])", "tuple(Colour)", "list(Queue('x'))", "dict([[[1], 2]])",
    "dict([1])", "dict(a=[1])", "len(10**400)", "min(1, float('nan'))", "max(1, 10**400)", "min(1, 'a')", "made([1])", "odd({1})", "set_key([1])", "set_key((1, [2]))", "set_key(10**400)",
    "{1: 2}[[1]]", "{1: 2}.get([1])", "{1: 2}.get({1: 2}, 3)", "OPTIONS[[1]]", "OPTIONS.get(())", "OPTIONS[KNOWN]", "KNOWN[10**400]", "KNOWN[1:10**400]", "NUMBERS[0]", "NUMBERS[-9]", "KNOWN[0x" + "f" * 20 + ":]",
    '"a.b"[:-99999999999999999999]', '"a".join(["b"] * 9)', '"ab".join("cd")', '"a b".split(None, 10**400)', '"a".replace("", "b", 10**400)', '"{}{}".format(1)', '"{a.b}".format(a=1)', '"%d" % 10**400',
    '"%d" % float("inf")', '"%s" % ([1],)', '"%c" % 99999999', '"%(a)s" % {"a": 1}', 'f"{10**400}"', 'f"{[1]}"', 'f"{KNOWN!r:>9}"', "[1] in {1: 2}", "[1] in {1}", "{1} in OPTIONS", "[1] < [2]", "1 < 'a'", "[1] + (2,)",
    "KNOWN + KNOWN", "{1} | {2}", "OPTIONS | {(1, [2]): 3}", "{1: 2} | None", "1 if [1] else 2", "[1] if UNKNOWN else [1.0]", "{} or {'queue': 1}", "not 10**400", "-[1]", "~1", "~10**400", "+True", "1 // 0", "1 % 0", "0 ** -1",
    "1e308 * 10", "1e308 * 10 - 1e308 * 10", "-1 ** 0.5", "(-8) ** (1/3)", "1 @ 2", "lambda: 0", "[x for x in y]", "{x: 1 for x in y}", "(yield)", "(x := 3)", "await x", "x[1:2, 3]", "x[...]", "[1][True]", "(1,)[None]",
    "send.s([1], {2})", "send.signature(([],))", "send.signature(args=([],), kwargs={'a': {1}})", "send.s(a=10**400)", 'send.s(float("nan"))', "send.si(**{1: 2})", 'signature("shop.tasks.send", args=[[1]])',
    "send.s(Colour.RED, [Queue('x')])", "Colour([1])", 'Colour("red")', 'Colour["RED"]', "Colour.ODD", "Colour.BIG", "Options.ODD", "Options.KEY", "Options.BIG", "shop.nothing[0]", "type('X', (), {})", "object()",
    "app.conf", "app.conf.beat_schedule", 'app.conf["x"]', "[app]", "{app: 1}", "{send: 2}", "{Colour: 1, ValueError: 2}", "{float: [1]}", "{Queue('a'): 1}", "{Queue('a')}", "{Queue([1])}", "frozenset({1}) | {2}",
)  # fmt: skip
CALLS = (
    "made({0})", "odd({0})", "set_key({0})", "dict(a={0})", "dict([({0}, {1})])", "str({0})", "int({0})", "float({0})", "bool({0})", "list({0})", "tuple({0})", "set({0})", "len({0})", "min({0}, {1})", "max({0}, {1})",
    "callable({0})", "timedelta(seconds={0})", "timedelta({0}, {1})", "timedelta({0}).total_seconds()", "crontab({0})", "crontab(hour={0}, minute={1})", "crontab(day_of_month={0}, month_of_year={1})", "schedule({0})",
    "Queue({0})", "Queue(name={0}, routing_key={1})", "send.s({0}, {1})", "send.signature(args={0}, kwargs={1})", "signature({0}, args={1})", '"{{}}.{{}}".format({0}, {1})', '"a".join({0})', "{0}.split({1})", "{0}.lower()",
    "{0}.replace({1}, 'x')", "{0}.get({1})", "{0}.copy()", "{0}.pop({1})", "re.compile({0})", "Colour({0})", "chain({0}, {1})", "copy.deepcopy({0})", "{0}({1})", "frozenset({0})", "pick({0}, {1})", "sum({0})",
)  # fmt: skip
OPERATORS = (*"+ - * / // % ** | & ^ << >> @ == != < <= > >= in is and or".split(), "not in", "is not")
DEEPEST = 4


def expression(random: Random, depth: int = 0) -> str:
    """One expression of Python, as text that stands in brackets where it has to."""
    kind = random.randrange(16 if depth < DEEPEST else 6)
    if kind < 3:
        return f"({random.choice(ODD)})"
    if kind < 6:
        return random.choice(PLAIN)

    def inner() -> str:
        return expression(random, depth + 1)

    if kind == 6:
        return f"[{', '.join(inner() for _ in range(random.randrange(4)))}]"
    if kind == 7:
        return f"({''.join(f'{inner()}, ' for _ in range(random.randrange(4)))})"
    if kind == 8:
        return f"{{{', '.join(inner() for _ in range(random.randrange(1, 4)))}}}"
    if kind in (9, 10):
        keys = [random.choice(KEYS) if random.randrange(3) else inner() for _ in range(random.randrange(4))]
        return f"{{{', '.join(f'{key}: {inner()}' for key in keys)}}}"
    if kind == 11:
        return f"({inner()} {random.choice(OPERATORS)} {inner()})"
    if kind == 12:
        return f"({inner()} if {inner()} else {inner()})"
    if kind == 13:
        return f"{inner()}[{inner()}]"
    if kind == 14:
        return random.choice(("(-{0})", "(not {0})", "[*{0}]", "{{**{0}}}", "(*{0},)", 'f"{{{0}}}"', "{0}[1:{0}]", "(lambda: {0})()", "{0}.value")).format(
            inner().replace('"', "'") if random.randrange(2) else "1"
        )  # fmt: skip
    return random.choice(CALLS).format(inner(), inner())


KEYS = (
    '"task"', '"schedule"', '"args"', '"kwargs"', '"options"', '"queue"', '"routing_key"', '"name"', '"expires"', '"priority"', '"relative"', '"a.*"', '"shop.tasks.send"', "1", "None", "()",
)  # fmt: skip


def deep(random: Random) -> str:
    """Brackets in brackets, or sums of sums, as deep as Python's parser allows and deeper."""
    times = random.choice((30, 45, 90, 150, 199))
    opened, closed = random.choice(
        (
            ("[", "]"),
            ("(", ",)"),
            ("{1: ", "}"),
            ("-", ""),
            ("not ", ""),
            ("made(", ")"),
            ("[*", "]"),
            ("{**", "}"),
            ("(1 + ", ")"),
            ("f(", ")[0]"),
            ("[1][", "]"),
            ("1 if 0 else ", ""),
        )
    )
    return f"({opened * times}1{closed * times})"
