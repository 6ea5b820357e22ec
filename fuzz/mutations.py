"""Damages of a text: bytes, tokens, lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fuzz.expressions import deep, expression

if TYPE_CHECKING:
    from random import Random

TOKEN = re.compile(rb"\w+|[ \t]+|\r?\n|[^\w\s]", re.ASCII)
WORDS = (
    b"async await class def lambda yield from import global nonlocal try except* finally with match case _ type if elif else for while return raise del pass assert in is not and or None True"
    b" := ** * // -> @ ... : ; , . ( ) [ ] { } \\ # ~ = += |= == < >> % ! f\" rb' \"\"\" ''' \xc3\xa9 \xf0\x9d\x94\xb8 0x 1e999 1_0 0o8 1j b'\\xff' __all__ __getattr__ __name__ self app"
    b" shared_task @app.task @shared_task(bind=True) .delay() .apply_async .s() crontab(hour=3) transaction.atomic on_commit super() # noqa # taskguard: # type: # fmt:off"
).split(b" ")
PIECES = (
    b"\x00", b"\r", b"\x0c", b"\x1a", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85", b"\xe2\x80\xae", b"\xf4\x90\x80\x80", b"\t", b"\\\n", b"\\\r\n", b"# -*- coding: utf-7 -*-\n",
    b"# coding: latin-1\n", b"# coding: nothing\n", b"# coding: utf-16\n", b"# coding: rot13\n", b"# coding: idna\n", b"# taskguard: facade\n", b"# taskguard: ignore-file\n", b"# taskguard: ignore-file[TG1\n", b"# noqa: TG201,\n",
    b"  # noqa:TG", b"'''", b'"""', b"from . import *\n", b"from .. import x as y\n", b"__all__ = [*x, 'a\\ud800']\n", b"__all__ += x.__all__\n", b"def __getattr__(n): return {'a': 1}[n]\n", b"from __future__ import annotations\n",
    b"if 1:\n" , b"@shared_task\n", b"class T(Task):\n", b"type X[T: (int, str) = int] = list[T]\n", b"def f[**P, *Ts](*a: *Ts): ...\n", b"match x:\n    case {'a': [*_], **r} if r: pass\n", b"f'{x!r:>{y}}' f\"{'a' f'{1}'}\"\n",
    b"try: pass\nexcept* E: pass\n", b"with (open(a) as b, c as d,): pass\n", b"x = yield\n", b"async def g():\n    return [await x async for x in y]\n", b"print(t'{x}')\n", b"lambda *, a: (yield)\n", b"del (a), [b]\n",
)  # fmt: skip


def in_bytes(data: bytes, random: Random) -> bytes:
    """Some bytes turned, lost, doubled or put in."""
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((1, 1, 2, 8, 100)))
        piece = random.choice((bytes((random.randrange(256),)), random.choice(PIECES), data[at:end]))
        kind = random.randrange(5)
        if kind == 0 and at < len(data):
            data = data[:at] + bytes((data[at] ^ (1 << random.randrange(8)),)) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[end:]
        elif kind == 2:
            data = data[:at] + piece + data[at:]
        elif kind == 3:
            data = data[:at] + piece + data[end:]
        elif random.randrange(8) == 0:
            data = data[:at]
    return data


def in_tokens(data: bytes, random: Random) -> bytes:
    """Some tokens lost, doubled, swapped or replaced by others."""
    tokens = TOKEN.findall(data)
    if not tokens:
        return data
    for _ in range(random.choice((1, 2, 4, 12))):
        at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        kind = random.randrange(6)
        if kind == 0:
            tokens[at] = b""
        elif kind == 1:
            tokens[at] += b" " + tokens[at]
        elif kind == 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = tokens[other]
        elif kind == 4:
            tokens[at] = random.choice(WORDS)
        else:
            made = deep(random) if random.randrange(6) == 0 else expression(random)
            tokens[at] = made.encode("utf-8", "surrogatepass")
    return b"".join(tokens)


def in_lines(data: bytes, random: Random) -> bytes:
    """Some lines lost, doubled, moved, set in or out, or put in."""
    lines = data.splitlines(keepends=True)
    for _ in range(random.choice((1, 2, 4, 10))):
        if not lines:
            break
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        kind = random.randrange(8)
        if kind == 0:
            del lines[at : at + random.choice((1, 1, 3, 30))]
        elif kind == 1:
            lines[at:at] = lines[at : at + random.choice((1, 3, 30))]
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = b"    " + lines[at]
        elif kind == 4:
            lines[at] = lines[at].lstrip()
        elif kind == 5:
            lines.insert(at, random.choice(PIECES))
        elif kind == 6:
            lines[at] = lines[at].rstrip(b"\r\n") + random.choice(
                (b"", b"\r", b"\r\n", b"\\\n", b";", b" # noqa\n", b"\x0c\n")
            )
        else:
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            lines.insert(
                at,
                indent
                + random.choice(
                    (b"if 1:\n", b"x = ", b"return ", b"@", b"def f(): ", b"class C: ", b"del ", b"global x;")
                ),
            )
    return b"".join(lines)
