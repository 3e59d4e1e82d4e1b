"""What every chart is drawn with: its frame, its style, marks, rows of intervals and places for names."""
