"""`await` and its like where no function is `async`: Python's compiler is the judge."""

from __future__ import annotations

import pytest

from taskguard.facts.extract import extract

SOUND = (
    "async def one():\n    await two()",
    "async def one():\n    async with two() as held, three():\n        async for row in held: await row",
    "async def one():\n    return [await row async for row in two() if await row]",
    "def one():\n    async def two():\n        await three()\n    return two",
    "def one():\n    return (row async for row in two())",
    "def one():\n    class Two:\n        async def three(self): await self.four()\n    return Two",
    "def one():\n    '''await two()'''\n    return 'async with'  # await",
    "match 1:\n    case 1:\n        async def one(): await two()",
)
REFUSED = (
    "def one():\n    await two()",
    "def one():\n    return [await two()]",
    "def one():\n    async with two(): pass",
    "def one():\n    async for row in two(): pass",
    "async def one():\n    def two():\n        await three()",
    "async def one():\n    try: pass\n    except E:\n        def two(given=1): return await three()",
    "class One:\n    def two(self):\n        if True:\n            await three()",
    "match 1:\n    case 1:\n        def one(): await two()",
    "def one():\n    async def two(given=await three()): pass",
    "def one():\n    @two(await three())\n    def four(): pass",
)


@pytest.mark.parametrize("text", SOUND)
def test_what_the_compiler_takes(text: str) -> None:
    compile(text, "one.py", "exec", dont_inherit=True)
    assert extract(text).misplaced is None


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_compiler_refuses(text: str) -> None:
    with pytest.raises(SyntaxError) as refused:
        compile(text, "one.py", "exec", dont_inherit=True)
    found = extract(text)
    assert found.misplaced is not None
    assert (found.misplaced.message, found.misplaced.span.line) == (refused.value.msg, refused.value.lineno)
    assert found.functions, "the rest of the file is told as ever"
