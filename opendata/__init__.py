"""What anyone may take away and use: files, an interface to read by, feeds."""
