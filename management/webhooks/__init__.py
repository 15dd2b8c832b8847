"""Receiving Live Events over HTTP: who may post, what is stored, what is answered."""
