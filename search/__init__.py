"""Finding by words, in one box, whatever the room it lives in."""
