"""The daemon of one machine under one parent: what it is made of, and keeping that going.

`order` says what is to run, `crew` keeps it running, `course_of_events` puts the two together.
Nothing here knows what the processes do.
"""
