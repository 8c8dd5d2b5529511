"""What a person may ask of us about themselves: a copy of it all, to leave, and to know how long each thing is kept."""
