"""Where the gap goes: forecasts of both frontiers, scenarios, and a nowcast for unscored models."""
