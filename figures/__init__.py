"""What is counted, how, when, and what proves that it was not changed."""
