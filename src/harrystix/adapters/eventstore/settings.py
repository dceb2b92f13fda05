"""DATABASE_URL in the words of the eventsourcing library."""

from psycopg.conninfo import conninfo_to_dict


def environment(database_url: str, pool_size: int = 3) -> dict[str, str]:
    parts = conninfo_to_dict(database_url)
    return {
        "PERSISTENCE_MODULE": "harrystix.adapters.eventstore",
        "CREATE_TABLE": "n",
        "POSTGRES_DBNAME": str(parts.get("dbname") or "postgres"),
        "POSTGRES_HOST": str(parts.get("host") or "127.0.0.1"),
        "POSTGRES_PORT": str(parts.get("port") or "5432"),
        "POSTGRES_USER": str(parts.get("user") or "postgres"),
        "POSTGRES_PASSWORD": str(parts.get("password") or ""),
        "POSTGRES_SCHEMA": "log",
        "POSTGRES_POOL_SIZE": str(pool_size),
        "POSTGRES_MAX_OVERFLOW": "8",
        "POSTGRES_LOCK_TIMEOUT": "5",
        "POSTGRES_CONNECT_TIMEOUT": "10",
        "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "30",
        # Connections are checked in a way of ours, see `Factory`.
        "POSTGRES_PRE_PING": "n",
        "POSTGRES_ENABLE_DB_FUNCTIONS": "n",
    }
