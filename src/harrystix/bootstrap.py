"""The only place where parts are put together. Entry files call it; nothing else imports it."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from dramatiq.brokers.redis import RedisBroker

from harrystix.adapters.clock import RandomIds, SystemClock
from harrystix.adapters.eventstore.installation import check_keys, check_usable
from harrystix.adapters.eventstore.settings import environment
from harrystix.adapters.identity.passkeys import Site
from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.adapters.postgres.attempts import Attempts
from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.directory import Directory
from harrystix.adapters.postgres.due_work import DueWork
from harrystix.adapters.postgres.inbox import Inbox
from harrystix.adapters.postgres.mail_ledger import MailLedger
from harrystix.adapters.postgres.open_orders import Customers, OpenOrders
from harrystix.adapters.postgres.passkeys import Ceremonies, Identities, Passkeys
from harrystix.adapters.postgres.payment_claims import PaymentClaims
from harrystix.adapters.postgres.pictures import Pictures
from harrystix.adapters.postgres.provider_payments import ProviderPayments, ProviderReads
from harrystix.adapters.postgres.sessions import Sessions
from harrystix.adapters.postgres.troubles import Failures, Outages
from harrystix.adapters.postgres.upload_files import UploadFiles
from harrystix.adapters.postmark.mailer import PostmarkMailer
from harrystix.adapters.postmark.removals import PostmarkRemovals
from harrystix.adapters.redis.broker import make_broker
from harrystix.adapters.redis.lock import NoLock, RedisLock
from harrystix.adapters.redis.nudge import DramatiqNudge
from harrystix.adapters.redis.rate import RedisPace
from harrystix.adapters.stripe.gateway import StripeGateway
from harrystix.adapters.vault.erasures import Erasures
from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.adapters.vault.members import Members
from harrystix.adapters.vault.push import PushDesk
from harrystix.adapters.vault.sign_in_links import SignInLinks
from harrystix.adapters.vault.staff import Staff
from harrystix.adapters.vault.tickets import Tickets
from harrystix.application.context import Context
from harrystix.application.identity_ports import IdentityProvider
from harrystix.application.people_ports import People
from harrystix.application.push_ports import Device, Pusher
from harrystix.application.store import Store
from harrystix.domain.schedule import Schedule
from harrystix.settings import Settings


class Unconfigured(Exception):
    """A setting is missing; the message names it."""


@dataclass
class System:
    settings: Settings
    context: Context
    database: Database
    broker: RedisBroker
    pace: RedisPace

    @property
    def store(self) -> Store:
        return self.context.store

    def close(self) -> None:
        self.store.close()
        self.database.close()


def build(settings: Settings, *, connections: int = 4, restoring: bool = False) -> System:
    """Everything that a process of ours needs. Raises Unconfigured, VaultError, BeingRestored.

    `restoring`: for the restore itself, which nothing else may run beside.
    """
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url)):
        if not value:
            raise Unconfigured(
                f"{name} is not set. `harrystix up` starts its own; see docs/how-to/production.md."
            )
    keys = LiveKeys(settings.keys_path, settings.keys.get_secret_value())
    database = Database(settings.database_url, connections)
    try:
        if not restoring:
            check_usable(database)
            check_keys(database, keys, str(settings.keys_path))
    except BaseException:
        database.close()
        raise
    broker = make_broker(settings.redis_url)
    store = Store(env=environment(settings.database_url))
    outages = Outages(database)
    pace = RedisPace(settings.redis_url, settings.capture_rate, rest=settings.capture_rest, outages=outages)
    context = Context(
        store=store,
        clock=SystemClock(),
        ids=RandomIds(),
        tickets=Tickets(database, keys),
        members=Members(database, keys),
        files=UploadFiles(database),
        directory=Directory(database),
        pictures=Pictures(database),
        due=DueWork(database),
        ledger=MailLedger(database),
        inbox=Inbox(database),
        mailer=PostmarkMailer(
            settings.postmark_token.get_secret_value() or "unset",
            settings.postmark_url,
            settings.postmark_from,
            settings.postmark_template,
            settings.postmark_timeout,
            track_opens=settings.track_opens,
        ),
        nudge=DramatiqNudge(broker),
        lock=RedisLock(settings.redis_url, settings.lock_seconds) if settings.allocation_lock else NoLock(),
        payments=StripeGateway(
            settings.stripe_key.get_secret_value(), settings.stripe_url, timeout=settings.stripe_timeout
        ),
        pace=pace,
        open_orders=OpenOrders(database),
        customers=Customers(database),
        schedule=Schedule(
            weekday=settings.schedule_weekday, at=settings.schedule_time, time_zone=settings.schedule_zone
        ),
        address=settings.address,
        people=People(
            ApiKeys(database),
            Passkeys(database),
            Ceremonies(database),
            Site(settings.address),
            Identities(database),
            provider_of(settings),
            Staff(database, keys),
            Sessions(database, keys),
            SignInLinks(database, keys),
            Attempts(database, keys),
        ),
        erasures=Erasures(database, keys, settings.ledger_path),
        removals=PostmarkRemovals(
            settings.postmark_account_token.get_secret_value(),
            settings.postmark_url,
            settings.postmark_from,
            settings.postmark_timeout,
        ),
        push=PushDesk(database, keys),
        pusher=_LatePusher(settings),
        failures=Failures(database),
        outages=outages,
        provider_payments=ProviderPayments(database),
        payment_claims=PaymentClaims(database),
        provider_reads=ProviderReads(database),
        mail_lease=settings.mail_lease,
        payment_lease=settings.payment_lease,
    )
    return System(settings, context, database, broker, pace)


class _LatePusher:
    """Loads what it needs when the first device is told: few houses' first minute needs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pusher: Pusher | None = None

    def send(self, device: Device, words: Mapping[str, str]) -> str:
        if self._pusher is None:
            from harrystix.adapters.push.pusher import NoPusher, WebPusher  # noqa: PLC0415  a quarter of a second

            settings = self._settings
            contact = settings.push_contact or f"mailto:{parseaddr(settings.postmark_from)[1]}"
            pem = settings.push_pem
            self._pusher = WebPusher(pem, contact, settings.push_services) if pem else NoPusher()
        return self._pusher.send(device, words)


def provider_of(settings: Settings) -> IdentityProvider | None:
    """The house's identity provider, if it has one; most have none, and every process would wait for its libraries."""
    if not settings.oidc_issuer:
        return None
    from harrystix.adapters.identity.oidc import Provider  # noqa: PLC0415  a quarter of a second

    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        f"{settings.address}/api/sign-in/provider/back",
    )
