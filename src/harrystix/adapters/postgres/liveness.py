"""Whether a connection that lay in a pool is still one, without asking the server each time."""

import select
from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool


def still_there(connection: Connection[Any]) -> None:
    """Raises OperationalError for one that the server has left.

    A server that goes says so or closes the line, and either can be read: then it is asked. Where nothing can be
    read, asking would cost a round trip with each use, a tenth of what a busy worker does.
    """
    line = select.poll()
    line.register(connection.pgconn.socket, select.POLLIN)
    if line.poll(0):
        ConnectionPool.check_connection(connection)
