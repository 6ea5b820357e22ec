"""Edits of Python text, as rules word their fixes: an argument, a parameter, an import, an entry of `__all__` more or less.

Every edit keeps the style of what is around it. Where the text is written in a way that an edit would have to guess at, there is none.
"""
