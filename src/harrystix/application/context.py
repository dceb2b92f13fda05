"""What every handler and process needs, in one bag that bootstrap fills."""

from dataclasses import dataclass, field

from harrystix.application.erasure_ports import Erasures
from harrystix.application.explain.story import Stories
from harrystix.application.inbox_ports import Inbox
from harrystix.application.mail_ports import Mailer, MailLedger, MailRemovals
from harrystix.application.payment_ports import Pace, PaymentClaims, PaymentGateway, ProviderPayments
from harrystix.application.people_ports import People
from harrystix.application.ports import (
    Clock,
    Customers,
    Directory,
    DueWork,
    Ids,
    Lock,
    MemberVault,
    Nudge,
    OpenOrders,
    Pictures,
    TicketVault,
    UploadFiles,
)
from harrystix.application.push_ports import PushDesk, Pusher
from harrystix.application.store import Store
from harrystix.application.work_ports import Failures, Outages, ProviderReads
from harrystix.domain.ids import command_id
from harrystix.domain.schedule import Schedule
from harrystix.domain.values import By


@dataclass(frozen=True)
class Context:
    store: Store
    clock: Clock
    ids: Ids
    tickets: TicketVault
    members: MemberVault
    files: UploadFiles
    directory: Directory
    pictures: Pictures
    due: DueWork
    ledger: MailLedger
    inbox: Inbox
    mailer: Mailer
    nudge: Nudge
    lock: Lock
    payments: PaymentGateway
    pace: Pace
    open_orders: OpenOrders
    customers: Customers
    schedule: Schedule
    address: str
    people: People
    erasures: Erasures
    removals: MailRemovals
    push: PushDesk
    pusher: Pusher
    failures: Failures
    outages: Outages
    provider_payments: ProviderPayments
    payment_claims: PaymentClaims
    provider_reads: ProviderReads
    mail_lease: float = 25.0
    payment_lease: float = 60.0
    stories: Stories = field(default_factory=Stories)

    def by(self, actor: str, key: str = "", cause_id: str = "") -> By:
        """`key` makes the command recognisable when it comes again; without one it is unique."""
        unique = command_id(actor, key) if key else str(self.ids.new())
        return By(actor, unique, self.clock.now(), cause_id)
