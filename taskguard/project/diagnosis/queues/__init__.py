"""Queues that no worker reads, routes without effect, and priorities."""
