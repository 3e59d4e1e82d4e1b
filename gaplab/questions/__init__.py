"""What an analyst asks of a posterior: claims, bridges, influence, what-ifs, dossiers and changes."""
