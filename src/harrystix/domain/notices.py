"""Mails about money: which fact asks for one, and what became of it. At most one a fact, so its version names it."""

from harrystix.domain import notice_events as facts
from harrystix.domain.base import Root
from harrystix.domain.pre_order_events import Status
from harrystix.domain.values import By

# These say that money is missing: wrong once it is there.
UNPAID_ONLY = {
    facts.Notice.PAYMENT_FAILED,
    facts.Notice.PAYMENT_RETRY,
    facts.Notice.CARD_NEEDED,
    facts.Notice.AUTHENTICATION_NEEDED,
    facts.Notice.CARD_EXPIRING,
    facts.Notice.CARD_REMOVED,
}


class Notices(Root):
    """A part of PreOrder; it has no stream of its own."""

    event_id: str
    status: Status
    card_expires: int
    payment_method_id: str
    expiry_warned: bool

    def no_notices_yet(self) -> None:
        """The state before anything happened; called once, when the pre-order is made."""
        # intent -> kind
        self.notices: dict[str, str] = {}
        self.expiry_warned = False

    def warn_of_expiry(self, by: By, month: int) -> None:
        """The card ends before that month (year * 100 + month), in which the next capture is. Once a card."""
        open_still = self.status in {Status.PLACED, Status.PROCESSING} and not self.expiry_warned
        if open_still and 0 < self.card_expires < month:
            self.record(by, facts.CardExpiring, expires=self.card_expires, event_id=self.event_id)

    def may_notify(self, intent: str) -> bool:
        """Checked again just before it goes out."""
        kind = self.notices.get(intent, "")
        paid = self.status not in {Status.PLACED, Status.PROCESSING, Status.FAILED}
        known = self.status is not Status.ERASED
        settled = kind == facts.Notice.CARD_REMOVED and bool(self.payment_method_id)
        return bool(kind) and known and not settled and not (paid and kind in UNPAID_ONLY)

    def record_notice(self, by: By, intent: str, code: str = "") -> bool:
        """Sent, or with a `code` failed; False where it is no notice of ours."""
        kind = self.notices.get(intent)
        if kind is None:
            return False
        if code:
            self.record(
                by, facts.NoticeFailed, intent_id=intent, kind=kind, code=code, event_id=self.event_id
            )
        else:
            self.record(by, facts.NoticeSent, intent_id=intent, kind=kind, event_id=self.event_id)
        return True
