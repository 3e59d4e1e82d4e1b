"""The sections of a page, one a file, and the variants of the page that choose among them."""
