"""A world in which there is one of everything that an address can name."""

from harrystix.application.handlers import approvals, money, staff
from harrystix.application.processes import runs
from tests.money import announced, captured, members, ordered
from tests.world import World


def furnished(here: World) -> dict[str, list[str]]:
    """Real ids for every parameter in a path: of things that are open, done, refunded, in dispute."""
    sold, later = announced(here), announced(here, code="LATER")
    orders = [*ordered(here, sold, 3), *ordered(here, later, 1)]
    captured(here, orders[:3])
    event = here.event("Third Night", ("Early", "Late"))
    done = here.committed(f"Event,Variant,Email,Password\n{'NEON'},,t@x.example,p".encode())
    waiting = here.received(here.file(event, 2, "Early") + b"\nNowhere,,x@y.example,p")
    here.settle()
    support = here.context.by("staff:test")
    money.freeze(
        here.context, support, orders[1], case_id="issfr_1", kind="fraud_warning", reason="fraudulent"
    )
    here.charged(orders[3])
    money.request_refund(here.context, support, orders[2], reason="a gesture", amount_minor=100)
    run = runs.start_now(here.context, support, here.context.schedule)
    here.context.inbox.add("stripe", "evt_1", "payment_intent.succeeded", {"id": "pi_nobody"})
    here.system.database.execute("UPDATE app.inbox SET state = 'parked'")
    here.system.database.execute(
        "INSERT INTO app.findings (kind, subject, details) VALUES ('amount_differs', 'pi_1', '{}')"
    )
    made, _ = staff.create(
        here.context,
        support,
        email="lee@staff.example",
        name="Lee",
        role="admin",
        password="a long night out",
    )
    approval = approvals.ask(
        here.context, support, kind="resend", subject="", reason="r", details={"order_ids": []}
    )
    here.settle()
    tickets = here.system.database.all("SELECT ticket_id::text FROM reporting.ticket_assignments")
    findings = here.system.database.all("SELECT id::text FROM app.findings")
    inbox = here.system.database.all("SELECT id::text FROM app.inbox")
    return {
        "event_id": [sold, later, str(event.id)],
        "order_id": orders,
        "upload_id": [str(done.id), str(waiting.id)],
        "ticket_id": [row[0] for row in tickets],
        "finding_id": [row[0] for row in findings],
        "case_id": ["issfr_1"],
        "run_id": [run],
        "item_id": [row[0] for row in inbox],
        "position": ["1", "5"],
        "session_id": ["current"],
        "member_id": members(here, 1),
        "staff_id": [made],
        "approval_id": [approval],
        "key_id": ["0123456789ab"],
        "credential": ["AAAA"],
    }
