"""What starts the site: the embedded PostgreSQL, `make run`, `make test`, and what production asks of its processes.

What runs before there is an environment (all but `beat`) uses the standard library only.
"""
