"""The page of a territory, which is never empty: what is coming, what moves, what came of it, here and around."""
