"""Tests of the backend: none needs a server, those marked ``db`` use one if it is there."""
