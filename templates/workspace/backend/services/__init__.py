"""What endpoints and the worker have in common with the world outside."""
