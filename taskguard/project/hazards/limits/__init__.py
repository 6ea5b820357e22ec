"""Soft time limits, and the pools that enforce them."""
