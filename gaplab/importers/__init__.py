"""Publishers' files, as they are published, into the tables of the project."""
