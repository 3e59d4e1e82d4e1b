"""Back-tests: forecasts made on past days and compared with what came."""
