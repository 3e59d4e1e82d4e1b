"""One refresh: publishers' files taken into the tables, and the site made anew, both whole or not at all."""
