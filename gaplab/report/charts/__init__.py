"""The charts, one a file: a table goes in, a picture with alt text, caption and data comes out."""
