"""The only room that asks astroid, about what the resolver of the project leaves open: texts in, a literal or a class out."""
