"""The pages that a member sees at Stripe: entering a card, and being asked by the bank. Test cards only."""

import contextlib
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.sandbox.pages import BASE, ENVIRONMENT
from harrystix.adapters.sandbox.stripe import aftermath, objects
from harrystix.adapters.sandbox.stripe.cards import BY_NUMBER, CARDS
from harrystix.adapters.sandbox.stripe.errors import Refused, invalid
from harrystix.adapters.sandbox.stripe.forms import parse
from harrystix.adapters.sandbox.stripe.machine import Machine

Body = dict[str, Any]
CARD = ENVIRONMENT.from_string(
    BASE
    + """<main><h1>Save a card</h1><p>Sandbox: no real card, no money. Choose what the card shall do.</p>
{% if wrong %}<p role="alert"><strong>{{ wrong }}</strong></p>{% endif %}
<form method="post"><p><label>Card number<br><input name="number" list="cards" required inputmode="numeric"
autocomplete="off" value="{{ number or "4242 4242 4242 4242" }}" size="24"></label></p>
<datalist id="cards">{% for c in cards %}<option value="{{ c.number }}">{{ c.alias }}{% endfor %}</datalist>
<p><label>Expires, month<br><input name="month" value="12" size="3" required pattern="[0-9]{1,2}"></label>
<label>year <input name="year" value="{{ year }}" size="5" required pattern="20[0-9]{2}"></label></p>
<p><button>Save card</button> <a href="{{ away }}">Back without a card</a></p></form>
<details><summary>Test cards</summary><table><tr><th scope="col">Number<th scope="col">What it does</tr>
{% for c in cards %}<tr><td><code>{{ c.number }}</code><td>{{ c.alias }}</tr>{% endfor %}</table></details></main>"""
)
BANK = ENVIRONMENT.from_string(
    BASE
    + """<main><h1>Your bank asks</h1><p>Sandbox: is it you who {{ what }}?</p>
<form method="post">{% for name, value in given.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<button name="answer" value="yes">Yes, it is me</button>
<button name="answer" value="no">No</button></form></main>"""
)


def create_session(machine: Machine, given: Body) -> Body:
    """A visit to save a card. Raises Refused."""
    if given.get("mode") != "setup":
        raise invalid("This sandbox knows Checkout in setup mode only.", param="mode")
    words: Body = given.get("setup_intent_data") or {}
    wanted: Body = {
        "customer": given.get("customer"),
        "usage": "off_session",
        "metadata": words.get("metadata"),
    }
    setup = aftermath.create_setup(machine, wanted)
    session_id = machine.store.new_id("cs_test")
    url = f"{machine.base}/checkout/{session_id}"
    return machine.store.put(objects.session(session_id, setup["id"], url, given))


def install(app: FastAPI, machine: Machine) -> None:
    """Routes of the pages; a visit that is over sends its member back."""

    @app.get("/checkout/{session_id}")
    async def card_page(session_id: str) -> Response:
        session = machine.store.get(session_id)
        if session is None:
            return HTMLResponse("There is no such visit.", 404)
        if session["status"] != "open":
            return _back(session)
        return _card_page(session)

    @app.post("/checkout/{session_id}")
    async def enter_card(request: Request, session_id: str) -> Response:
        given = parse(await request.body())
        return await run_in_threadpool(_entered, machine, session_id, given)

    @app.get("/authenticate/{payment_id}")
    async def bank_page(payment_id: str) -> Response:
        if machine.store.get(payment_id) is None:
            return HTMLResponse("There is no such payment.", 404)
        return HTMLResponse(BANK.render(what="pays", given={}))

    @app.post("/authenticate/{payment_id}")
    async def answer_bank(request: Request, payment_id: str) -> Response:
        given = parse(await request.body())
        return await run_in_threadpool(_answered, machine, payment_id, given)

    # They are reached by HTTP only.
    del card_page, enter_card, bank_page, answer_bank


def _entered(machine: Machine, session_id: str, given: Body) -> Response:
    with machine.store.guard:
        session = machine.store.get(session_id)
        if session is None:
            return HTMLResponse("There is no such visit.", 404)
        if session["status"] != "open":
            return _back(session)
        number = str(given.get("number") or "").replace(" ", "")
        card = BY_NUMBER.get(number)
        month, year = str(given.get("month") or ""), str(given.get("year") or "")
        if card is None or not month.isdigit() or not year.isdigit() or not 1 <= int(month) <= 12:
            return _card_page(session, "That is no test card, or its end is no month.", number)
        if card.asks != "never" and given.get("answer") is None:
            return HTMLResponse(BANK.render(what="saves this card", given=given))
        if given.get("answer") == "no":
            return _card_page(session, "Your bank did not agree.", number)
        try:
            method = machine.new_method(card, {}, int(month), int(year))
            setup = machine.need("setup_intent", session["setup_intent"])
            aftermath.confirm_setup(machine, setup, {"payment_method": method["id"]}, authenticated=True)
        except Refused as refused:
            return _card_page(session, str(refused), number)
        session["status"] = "complete"
        machine.emit("checkout.session.completed", machine.store.put(session))
        return _back(session)


def _answered(machine: Machine, payment_id: str, given: Body) -> Response:
    with machine.store.guard:
        intent = machine.store.get(payment_id)
        if intent is None:
            return HTMLResponse("There is no such payment.", 404)
        action: Body = intent.get("next_action") or {}
        there: Body = action.get("redirect_to_url") or {}
        # The page that the member comes back to says how it went.
        with contextlib.suppress(Refused):
            machine.authenticated(intent, agreed=given.get("answer") == "yes")
    return RedirectResponse(str(there.get("return_url") or "/"), 303)


def _card_page(session: Body, wrong: str = "", number: str = "") -> Response:
    shown = {
        "cards": CARDS,
        "wrong": wrong,
        "number": number,
        "away": session["cancel_url"],
        "year": objects.now() // 31_556_952 + 1973,
    }
    return HTMLResponse(CARD.render(**shown), 400 if wrong else 200)


def _back(session: Body) -> Response:
    return RedirectResponse(str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)
