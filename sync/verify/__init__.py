"""The proof of a mirror: Canvas read by another way, compared with the columns by their names.

Knows nothing of how rows are made: no plan, no transform, no hash. Writes nothing.
"""
