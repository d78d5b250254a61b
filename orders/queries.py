"""Reads that join several models of orders, for pages and admin."""
