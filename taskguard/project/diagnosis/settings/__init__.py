"""Settings that nobody reads, that another one replaces, or whose value does harm."""
