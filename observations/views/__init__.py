"""Pages of the shift: my shift, rounds, single observations, events and plans."""
