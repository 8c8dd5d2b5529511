"""What starts the site: the embedded PostgreSQL, `make run`, `make test`. Standard library only, no Django."""
