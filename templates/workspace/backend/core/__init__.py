"""Settings, errors, Redis and what every request passes through."""
