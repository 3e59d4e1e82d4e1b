"""Published claims about the gap: what each most probably measures, and what believing them would change."""
