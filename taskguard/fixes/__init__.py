"""Fixes: chosen so that none gets in another's way, applied to bytes, judged again, and written as a whole or not at all."""
