"""Where an edit puts an import that a file lacks, and how it writes it."""

from __future__ import annotations

import pytest

from taskguard import engine
from taskguard.fixes.edited import edited
from taskguard.project.editing.imports import importing
from taskguard.project.editing.script import Script

FILES = {"shop/__init__.py": "", "shop/base.py": "# celery\nclass Base: ...\n", "shop/names.py": "# celery\nMAIL = 1\n"}
LONG = "from shop.base import Another, Different, OneMore, Otherwise, Something, SomethingElse, SomethingMore, SomethingNew, YetAnother"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# celery\nx = 1\n", "# celery\nfrom shop.base import Base\nx = 1\n"),
        ('"""Tasks of celery."""\n\nx = 1\n', '"""Tasks of celery."""\nfrom shop.base import Base\n\nx = 1\n'),
        ("# celery", "# celery\nfrom shop.base import Base"),
        ("import celery\n\nx = 1\n", "import celery\nfrom shop.base import Base\n\nx = 1\n"),
        (
            "import celery\n\n\ndef f():\n    import os\n    return 1\n",
            "import celery\nfrom shop.base import Base\n\n\ndef f():\n    import os\n    return 1\n",
        ),
        (
            "import celery\n\ntry:\n    import os\nexcept ImportError:\n    os = None\n",
            "import celery\nfrom shop.base import Base\n\ntry:\n    import os\nexcept ImportError:\n    os = None\n",
        ),
        (
            "from celery import Task\n\nx = 1\n",
            "from celery import Task\n\nfrom shop.base import Base\n\nx = 1\n",
        ),
        (
            "from celery import Task\n\nfrom shop.names import MAIL\n",
            "from celery import Task\n\nfrom shop.base import Base\nfrom shop.names import MAIL\n",
        ),
        (
            "from celery import Task\n\nfrom .names import MAIL\n",
            "from celery import Task\n\nfrom .base import Base\nfrom .names import MAIL\n",
        ),
        ("from shop.base import Task  # celery\n", "from shop.base import Base, Task  # celery\n"),
        ("from shop.base import Task as Task  # celery\n", "from shop.base import Base as Base, Task as Task  # celery\n"),
        (
            "from shop.base import (  # celery\n    Alone,\n    Task,\n)\n",
            "from shop.base import (  # celery\n    Alone,\n    Base,\n    Task,\n)\n",
        ),
        (
            "from shop.base import Alone  # celery\nfrom shop.base import Task  # celery\n",
            "from shop.base import Alone  # celery\nfrom shop.base import Base  # celery\nfrom shop.base import Task  # celery\n",
        ),
        ("def f():\n    from shop.base import Task  # celery\n", "from shop.base import Base\ndef f():\n    from shop.base import Task  # celery\n"),
        (
            f"{LONG}  # celery\n",
            "from shop.base import (  # celery\n    Another,\n    Base,\n    Different,\n    OneMore,\n    Otherwise,\n    Something,\n    SomethingElse,\n    SomethingMore,\n    SomethingNew,\n    YetAnother,\n)\n",
        ),
    ],
)  # fmt: skip
def test_an_import_stands_where_its_likes_do(before: str, after: str) -> None:
    project = engine.link({**FILES, "shop/tasks.py": before})
    module, source = project.modules["shop/tasks.py"], project.modules["shop/base.py"]
    made = importing(module, Script(module.path, before), source, ["Base"])
    assert made is not None
    assert edited(before.encode(), made).decode() == after
