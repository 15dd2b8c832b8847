"""The HTTP interface for programs: JSON, read-only, behind a key or a staff login."""
