"""Payments by Stripe: one call a method, every write under its own idempotency key."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import stripe

from harrystix.adapters.stripe.reading import card_end, dispute, payment, plain, refund
from harrystix.adapters.stripe.webhook import hint
from harrystix.application.payment_ports import (
    MISSING,
    Attempt,
    Dispute,
    Later,
    Payment,
    Refund,
    Refused,
    SavedCard,
    SetUp,
    Unknown,
)

T = TypeVar("T")
Body = dict[str, Any]


class StripeGateway:
    """`retries`: of the SDK, under one key. `url`: Stripe's, or the sandbox's."""

    def __init__(self, key: str, url: str = "", *, timeout: float = 15, retries: int = 2) -> None:
        self._key, self._url, self._timeout, self._retries = key, url.rstrip("/"), timeout, retries
        self._local = threading.local()
        self.live = key.startswith(("sk_live_", "rk_live_"))

    def create(self, attempt: Attempt) -> Payment:
        words: Body = {
            "amount": attempt.amount_minor,
            "currency": attempt.currency.lower(),
            "customer": attempt.customer_id,
            "payment_method": attempt.payment_method_id,
            "payment_method_types": ["card"],
            "metadata": {"pre_order_id": attempt.order_id, "attempt": str(attempt.number)},
        }
        try:
            made = self._write(lambda: self._api.payment_intents.create(words, self._once(attempt, "create")))
        except stripe.CardError as error:
            raise Refused(error.code or "card_error", of_card=True) from None
        return payment(made)

    def confirm(self, attempt: Attempt, payment_id: str) -> Payment:
        words: Body = {"off_session": True}
        try:
            done = self._write(
                lambda: self._api.payment_intents.confirm(
                    payment_id, words, self._once(attempt, f"{payment_id}:confirm")
                )
            )
        except stripe.CardError:
            # The payment itself says more, and in the same words, than the error does.
            return self.payment(payment_id)
        except Refused as refused:
            if refused.code == "payment_intent_unexpected_state":
                return self.payment(payment_id)
            raise
        return payment(done)

    def payment(self, payment_id: str) -> Payment:
        return payment(self._read(lambda: self._api.payment_intents.retrieve(payment_id)))

    def with_moment(self, known: Payment) -> Payment:
        words: Body = {"expand": ["latest_charge"]}
        return payment(self._read(lambda: self._api.payment_intents.retrieve(known.payment_id, words)))

    def payments_of(self, customer_id: str, order_id: str) -> list[Payment]:
        query: Body = {"customer": customer_id, "limit": 100}
        found = self._read(
            lambda: [payment(it) for it in self._api.payment_intents.list(query).auto_paging_iter()]
        )
        return [payment for payment in found if payment.order_id == order_id]

    def payments_since(self, moment: datetime) -> Iterator[Payment]:
        return map(payment, self._since("payment_intents", moment))

    def refunds_since(self, moment: datetime) -> Iterator[Refund]:
        return map(refund, self._since("refunds", moment))

    def events_since(self, moment: datetime, kinds: Sequence[str]) -> Iterator[Body]:
        return map(plain, self._since("events", moment, types=list(kinds)))

    def cancel(self, payment_id: str) -> Payment:
        key: Body = {"idempotency_key": f"pay:{payment_id}:cancel"}
        try:
            return payment(self._write(lambda: self._api.payment_intents.cancel(payment_id, {}, key)))
        except Refused as refused:
            if refused.code == "payment_intent_unexpected_state":
                return self.payment(payment_id)
            raise
        except stripe.CardError:
            return self.payment(payment_id)

    def refund(self, refund_id: str, payment_id: str, amount_minor: int) -> Refund:
        words: Body = {
            "payment_intent": payment_id,
            "amount": amount_minor,
            "metadata": {"refund_id": refund_id},
        }
        key: Body = {"idempotency_key": f"ref:{refund_id}"}
        try:
            return refund(self._write(lambda: self._api.refunds.create(words, key)))
        except stripe.CardError as error:
            raise Refused(error.code or "card_error", of_card=True) from None

    def refunds_of(self, payment_id: str) -> list[Refund]:
        query: Body = {"payment_intent": payment_id, "limit": 100}
        return self._read(lambda: [refund(it) for it in self._api.refunds.list(query).auto_paging_iter()])

    def dispute(self, dispute_id: str) -> Dispute:
        return dispute(self._read(lambda: self._api.disputes.retrieve(dispute_id)))

    def new_customer(self, member_id: str, instead_of: str = "") -> str:
        words: Body = {"metadata": {"member_id": member_id}}
        # For a day the first key would give the deleted one again.
        key: Body = {"idempotency_key": f"cus:{member_id}{f':{instead_of}' if instead_of else ''}"}
        return str(plain(self._write(lambda: self._api.customers.create(words, key)))["id"])

    def customer_deleted(self, customer_id: str) -> bool:
        return bool(plain(self._read(lambda: self._api.customers.retrieve(customer_id))).get("deleted"))

    def forget_customer(self, customer_id: str) -> None:
        try:
            self._write(lambda: self._api.customers.delete(customer_id))
        except Refused as refused:
            if refused.code != MISSING:
                raise

    def start_set_up(self, key: str, customer_id: str, order_id: str, back: str, away: str) -> SetUp:
        words: Body = {
            "mode": "setup",
            "customer": customer_id,
            "payment_method_types": ["card"],
            "success_url": back,
            "cancel_url": away,
            "metadata": {"pre_order_id": order_id},
            "setup_intent_data": {"metadata": {"pre_order_id": order_id}},
        }
        once: Body = {"idempotency_key": f"setup:{key}:{customer_id}"}
        made = plain(self._write(lambda: self._api.checkout.sessions.create(words, once)))
        return SetUp(str(made["id"]), str(made["url"]))

    def authenticate(self, key: str, payment_id: str, payment_method_id: str, back: str) -> str:
        words: Body = {"payment_method": payment_method_id, "return_url": back}
        once: Body = {"idempotency_key": f"auth:{key}"}
        try:
            found = plain(self._write(lambda: self._api.payment_intents.confirm(payment_id, words, once)))
        except stripe.CardError as error:
            raise Refused(error.code or "card_declined", of_card=True) from None
        action: Body = found.get("next_action") or {}
        there: Body = action.get("redirect_to_url") or {}
        return str(there.get("url") or "")

    def event(self, event_id: str) -> tuple[str, Body]:
        found = plain(self._read(lambda: self._api.events.retrieve(event_id)))
        return str(found["type"]), hint(found)

    def saved_card(self, setup_id: str) -> SavedCard | None:
        setup = plain(self._read(lambda: self._api.setup_intents.retrieve(setup_id)))
        if setup["status"] != "succeeded":
            return None
        method_id = str(setup["payment_method"])
        method = plain(self._read(lambda: self._api.payment_methods.retrieve(method_id)))
        if not method.get("customer"):
            return None
        expires = card_end(method)
        ours: Body = setup.get("metadata") or {}
        order_id = str(ours.get("pre_order_id") or "")
        entered_at = datetime.fromtimestamp(int(setup["created"]), UTC) if setup.get("created") else None
        return SavedCard(setup_id, str(setup["customer"]), method_id, expires, order_id, entered_at)

    def card_ends(self, customer_id: str, payment_method_id: str) -> int | None:
        if self.customer_deleted(customer_id):
            return None
        method = plain(self._read(lambda: self._api.payment_methods.retrieve(payment_method_id)))
        return card_end(method) if method.get("customer") == customer_id else None

    def _since(self, what: str, moment: datetime, **more: Any) -> Iterator[Any]:
        """Newest first, page after page; each page is a read of its own."""
        query: Body = {"created": {"gte": int(moment.timestamp())}, "limit": 100, **more}
        while True:
            page = self._read(lambda: getattr(self._api, what).list(query))
            yield from page.data
            if not page.has_more:
                return
            query["starting_after"] = page.data[-1].id

    @property
    def _api(self) -> Any:
        """One client a thread: a session of requests is not made for several."""
        if not hasattr(self._local, "client"):
            self._local.client = stripe.StripeClient(
                self._key,
                base_addresses={"api": self._url} if self._url else {},
                http_client=stripe.RequestsClient(timeout=self._timeout),
                max_network_retries=self._retries,
            )
        return self._local.client.v1

    def _once(self, attempt: Attempt, what: str) -> Body:
        again = f":{attempt.spoilt}" if attempt.spoilt else ""
        return {"idempotency_key": f"ord:{attempt.order_id}:a{attempt.number}:{what}{again}"}

    def _read(self, call: Callable[[], T]) -> T:
        try:
            return self._write(call)
        except Unknown:
            raise Later(5) from None

    def _write(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except stripe.CardError:
            raise
        except stripe.RateLimitError as error:
            raise Later(_after(error)) from None
        except stripe.APIConnectionError as error:
            # A refused connection never reached anybody; anything else may have.
            if "refused" in str(error).lower():
                raise Later(5) from None
            raise Unknown from None
        except (stripe.IdempotencyError, stripe.InvalidRequestError) as error:
            raise Refused(error.code or "invalid_request") from None
        except (stripe.AuthenticationError, stripe.PermissionError):
            raise Later(60) from None
        except stripe.StripeError:
            raise Unknown from None


def _after(error: stripe.RateLimitError) -> float:
    headers: Any = error.headers or {}
    try:
        return float(headers.get("retry-after") or 1)
    except ValueError:
        return 1
