"""Reads that join several models of money, for pages and admin."""
