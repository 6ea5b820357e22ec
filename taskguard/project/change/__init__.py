"""Two states of a project compared: what moved, what is gone, and what of the contract with the outside differs."""
