"""Decks for the classroom, made from the chapters' notebooks by rules; `site/decks.py` writes them."""
