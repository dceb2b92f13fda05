"""Payments by Stripe: one call a method, every write under its own idempotency key."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import stripe

from harrystix.application.payment_ports import Attempt, Later, Payment, Refund, Refused, SavedCard, Unknown

T = TypeVar("T")
Body = dict[str, Any]


class StripeGateway:
    """`retries`: of the SDK, under one key. `url`: Stripe's, or the sandbox's."""

    def __init__(self, key: str, url: str = "", *, timeout: float = 15, retries: int = 2) -> None:
        self._key, self._url, self._timeout, self._retries = key, url.rstrip("/"), timeout, retries
        self._local = threading.local()

    def create(self, attempt: Attempt) -> Payment:
        words: Body = {
            "amount": attempt.amount_minor,
            "currency": attempt.currency.lower(),
            "customer": attempt.customer_id,
            "payment_method": attempt.payment_method_id,
            "payment_method_types": ["card"],
            "metadata": {"pre_order_id": attempt.order_id, "attempt": str(attempt.number)},
        }
        made = self._write(lambda: self._api.payment_intents.create(words, self._once(attempt, "create")))
        return _payment(made)

    def confirm(self, attempt: Attempt, payment_id: str) -> Payment:
        words: Body = {"off_session": True}
        try:
            done = self._write(
                lambda: self._api.payment_intents.confirm(payment_id, words, self._once(attempt, "confirm"))
            )
        except stripe.CardError:
            # The payment itself says more, and in the same words, than the error does.
            return self.payment(payment_id)
        except Refused as refused:
            if refused.code == "payment_intent_unexpected_state":
                return self.payment(payment_id)
            raise
        return _payment(done)

    def payment(self, payment_id: str) -> Payment:
        return _payment(self._read(lambda: self._api.payment_intents.retrieve(payment_id)))

    def payments_of(self, customer_id: str, order_id: str) -> list[Payment]:
        query: Body = {"customer": customer_id, "limit": 100}
        found = self._read(
            lambda: [_payment(it) for it in self._api.payment_intents.list(query).auto_paging_iter()]
        )
        return [payment for payment in found if payment.order_id == order_id]

    def payments_since(self, moment: datetime) -> Iterator[Payment]:
        query: Body = {"created": {"gte": int(moment.timestamp())}, "limit": 100}
        pages = self._read(lambda: self._api.payment_intents.list(query).auto_paging_iter())
        for found in pages:
            yield _payment(found)

    def cancel(self, payment_id: str) -> Payment:
        key: Body = {"idempotency_key": f"pay:{payment_id}:cancel"}
        try:
            return _payment(self._write(lambda: self._api.payment_intents.cancel(payment_id, {}, key)))
        except Refused as refused:
            if refused.code == "payment_intent_unexpected_state":
                return self.payment(payment_id)
            raise

    def refund(self, refund_id: str, payment_id: str, amount_minor: int) -> Refund:
        words: Body = {
            "payment_intent": payment_id,
            "amount": amount_minor,
            "metadata": {"refund_id": refund_id},
        }
        key: Body = {"idempotency_key": f"ref:{refund_id}"}
        return _refund(self._write(lambda: self._api.refunds.create(words, key)))

    def refunds_of(self, payment_id: str) -> list[Refund]:
        query: Body = {"payment_intent": payment_id, "limit": 100}
        return self._read(lambda: [_refund(it) for it in self._api.refunds.list(query).auto_paging_iter()])

    def saved_card(self, setup_id: str) -> SavedCard | None:
        setup = _plain(self._read(lambda: self._api.setup_intents.retrieve(setup_id)))
        if setup["status"] != "succeeded":
            return None
        method_id = str(setup["payment_method"])
        method = _plain(self._read(lambda: self._api.payment_methods.retrieve(method_id)))
        card: Body = method.get("card") or {}
        expires = int(card.get("exp_year") or 0) * 100 + int(card.get("exp_month") or 0)
        ours: Body = setup.get("metadata") or {}
        order_id = str(ours.get("pre_order_id") or "")
        return SavedCard(setup_id, str(setup["customer"]), method_id, expires, order_id)

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
        return {"idempotency_key": f"ord:{attempt.order_id}:a{attempt.number}:{what}"}

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


def _plain(found: Any) -> Body:
    return found.to_dict()


def _payment(found: Any) -> Payment:
    body = _plain(found)
    ours: Body = body.get("metadata") or {}
    error: Body = body.get("last_payment_error") or {}
    attempt = str(ours.get("attempt") or "0")
    return Payment(
        payment_id=str(body["id"]),
        status=str(body["status"]),
        amount_minor=int(body.get("amount_received") or body["amount"]),
        currency=str(body["currency"]).upper(),
        created=datetime.fromtimestamp(int(body["created"]), UTC),
        order_id=str(ours.get("pre_order_id") or ""),
        attempt=int(attempt) if attempt.isdigit() else 0,
        code=str(error.get("code") or ""),
        decline_code=str(error.get("decline_code") or ""),
        advice_code=str(error.get("advice_code") or ""),
    )


def _refund(found: Any) -> Refund:
    body = _plain(found)
    ours: Body = body.get("metadata") or {}
    return Refund(
        provider_refund_id=str(body["id"]),
        state=str(body.get("status") or "pending"),
        amount_minor=int(body["amount"]),
        payment_id=str(body.get("payment_intent") or ""),
        refund_id=str(ours.get("refund_id") or ""),
        code=str(body.get("failure_reason") or ""),
    )
