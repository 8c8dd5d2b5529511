"""Départements that open once enough people want it: who waits, the page meanwhile, and the day it opens."""
