"""English as a plant in Europe writes it."""
