"""The URLs and options of brokers and result backends."""
