"""The page itself: parts as HTML and text, contents, notes on terms, and templates."""
