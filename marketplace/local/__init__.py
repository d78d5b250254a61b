"""Starts what the platform needs on this machine, and stops it again.

PostgreSQL, Valkey, the Stripe sandbox, the web server and the worker, each as a
child process. It knows the platform by its commands and its environment only.
"""
