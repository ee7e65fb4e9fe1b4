"""The demo plant: one smelter with its people, standards, plans and a quarter of facts, made from a seed.

This package is the one place of the ground floor that may import every app: it only fills the database.
"""
