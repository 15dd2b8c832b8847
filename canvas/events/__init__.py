"""Live Events: what was posted, whether it is to be believed, and what of it is kept.

Pure: no Django, no HTTP, no clock. Who may post and where an event is stored is not known here.
"""
