"""What is sent and given back, and what the serializer cannot take of it."""
