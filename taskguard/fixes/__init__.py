"""Fixes: chosen so that none gets in another's way, applied to bytes, linted again, and written as a whole or not at all."""
