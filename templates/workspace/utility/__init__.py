"""What every Python tier of the workspace shares."""
