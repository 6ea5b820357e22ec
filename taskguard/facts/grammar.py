from __future__ import annotations

import ast


def parse(text: str) -> ast.Module:
    return ast.parse(text)
