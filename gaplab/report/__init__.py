"""What a reader sees: sentences, charts, sections and the finished page."""
