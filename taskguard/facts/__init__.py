"""The only room that reads Python: text in, facts out."""
