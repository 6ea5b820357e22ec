"""A god file taken apart: what stays together, which modules are proposed, and the texts of the modules and of the facade."""
