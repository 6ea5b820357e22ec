"""Signatures, and the chains, groups and chords that are made of them."""
