"""Payloads of Canvas into rows for our tables: pure functions, no Django, no HTTP, no clock."""
