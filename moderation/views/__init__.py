"""What everyone sees of moderation, outside the administration."""
