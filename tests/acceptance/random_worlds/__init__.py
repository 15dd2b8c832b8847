"""Random worlds: what may happen to a Canvas, to the way there, and to a sync, in any order."""
