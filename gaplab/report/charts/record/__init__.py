"""Charts of the record: what moves the first number, and how good readings, posteriors and forecasts were."""
