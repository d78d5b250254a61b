"""A database for each run, copied from one that holds the tables and nothing else."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection, connections
from psycopg import sql

MAINTENANCE = "postgres"
PATIENCE_SECONDS = 30


@contextmanager
def fresh() -> Iterator[None]:
    """Let the default connection name a new copy of its database, dropped at the end.

    Nobody else may be connected to the original meanwhile.
    """
    settings = connections["default"].settings_dict
    original = settings["NAME"]
    copy = f"{original}_run_{os.getpid()}"
    connection.close()
    _carry_out(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy)),
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(copy), sql.Identifier(original)
        ),
    )
    settings["NAME"] = copy
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = original
        _carry_out(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(copy)
            )
        )


def _carry_out(*statements: sql.Composed) -> None:
    settings = connections["default"].settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=MAINTENANCE,
        autocommit=True,
    ) as server:
        for statement in statements:
            _execute(server, statement)


def _execute(server: "psycopg.Connection[object]", statement: sql.Composed) -> None:
    """Another run may look at the original just now: copying it waits for that."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            server.execute(statement)
            return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            threading.Event().wait(0.2)
