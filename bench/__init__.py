"""The numbers we claim, each reproducible with one command and given as a ratio to a reference."""
