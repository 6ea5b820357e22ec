"""What a team needs to begin: a look at the project, and from it the settings, the hook and where they go."""
