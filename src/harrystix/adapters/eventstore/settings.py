"""DATABASE_URL in the words of the eventsourcing library, of the migrations, and of Postgres' own programs.

Each gets all of it: which server is trusted, how, and which of several is wanted, is part of the address.
"""

from urllib.parse import urlencode

from psycopg.conninfo import conninfo_to_dict, make_conninfo

# By this name our factory finds the whole of it; the library knows five words only.
WHOLE = "DATABASE_URL"


def environment(database_url: str, pool_size: int = 3) -> dict[str, str]:
    parts = conninfo_to_dict(database_url)
    return {
        "PERSISTENCE_MODULE": "harrystix.adapters.eventstore",
        "CREATE_TABLE": "n",
        WHOLE: database_url,
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


def for_migrations(database_url: str) -> str:
    """Every word as a parameter: several hosts with ports of their own are no address to what reads it."""
    parts = {name: str(value) for name, value in conninfo_to_dict(database_url).items() if value is not None}
    name = parts.pop("dbname", "postgres")
    return f"postgresql+psycopg:///{name}?{urlencode(parts)}"


def for_programs(database_url: str) -> tuple[str, dict[str, str]]:
    """(connection string without the password, environment with it): it never stands among arguments."""
    parts = conninfo_to_dict(database_url)
    password = parts.pop("password", None)
    # Empty words are the programs' own defaults.
    words = make_conninfo("", **{name: value for name, value in parts.items() if value not in {None, ""}})
    return words, {"PGPASSWORD": str(password)} if password else {}
