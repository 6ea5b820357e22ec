"""Re-exports, patches and imports: what a facade hands on, and what breaks when code moves."""
