"""The Django project; the only package that reads the environment."""
