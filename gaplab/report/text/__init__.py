"""Language that several sections share: numbers, names, definitions and phrases, without draws or figures."""
