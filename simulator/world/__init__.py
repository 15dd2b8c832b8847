"""Worlds: the tables, what lives in them, and the presets that fill them."""
