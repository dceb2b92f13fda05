"""All routes; a new module of them is a line here."""

from harrystix.adapters.web.api import (
    approvals,
    audit,
    behalf,
    capture,
    events,
    explain,
    health,
    identity,
    me,
    people,
    privacy,
    push,
    reading,
    refunds,
    sign_in,
    tickets,
    uploads,
    webhooks,
)
from harrystix.adapters.web.pages import account as account_pages
from harrystix.adapters.web.pages import approvals as approval_pages
from harrystix.adapters.web.pages import board as board_pages
from harrystix.adapters.web.pages import bulk as bulk_pages
from harrystix.adapters.web.pages import captures as capture_pages
from harrystix.adapters.web.pages import card as card_pages
from harrystix.adapters.web.pages import confirm as confirm_pages
from harrystix.adapters.web.pages import event_form as event_form_pages
from harrystix.adapters.web.pages import event_refunds as event_refund_pages
from harrystix.adapters.web.pages import events as event_pages
from harrystix.adapters.web.pages import failed as failed_pages
from harrystix.adapters.web.pages import fairness as fairness_pages
from harrystix.adapters.web.pages import give_back as give_back_pages
from harrystix.adapters.web.pages import health as health_pages
from harrystix.adapters.web.pages import jobs as job_pages
from harrystix.adapters.web.pages import keys as key_pages
from harrystix.adapters.web.pages import mail_templates as mail_template_pages
from harrystix.adapters.web.pages import mails as mail_pages
from harrystix.adapters.web.pages import members as member_pages
from harrystix.adapters.web.pages import nights as night_pages
from harrystix.adapters.web.pages import on_sale as on_sale_pages
from harrystix.adapters.web.pages import order as one_order_pages
from harrystix.adapters.web.pages import orders as order_pages
from harrystix.adapters.web.pages import overview as overview_pages
from harrystix.adapters.web.pages import owner as owner_pages
from harrystix.adapters.web.pages import pictures as picture_pages
from harrystix.adapters.web.pages import staff as staff_pages
from harrystix.adapters.web.pages import start as start_pages
from harrystix.adapters.web.pages import upload_progress as progress_pages
from harrystix.adapters.web.pages import uploads as upload_pages

ROUTERS = [
    module.router
    for module in (
        events,
        uploads,
        tickets,
        behalf,
        capture,
        refunds,
        approvals,
        me,
        privacy,
        push,
        people,
        reading,
        audit,
        explain,
        sign_in,
        identity,
        webhooks,
        health,
    )
]
PAGES = [
    module.router
    for module in (
        start_pages,
        confirm_pages,
        account_pages,
        night_pages,
        on_sale_pages,
        card_pages,
        give_back_pages,
        overview_pages,
        event_pages,
        event_form_pages,
        picture_pages,
        event_refund_pages,
        fairness_pages,
        board_pages,
        capture_pages,
        bulk_pages,
        job_pages,
        order_pages,
        one_order_pages,
        member_pages,
        approval_pages,
        failed_pages,
        mail_pages,
        mail_template_pages,
        health_pages,
        staff_pages,
        key_pages,
        upload_pages,
        progress_pages,
        owner_pages,
    )
]
