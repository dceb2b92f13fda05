-- What the doctor asks of the inbox is about few of its messages.
CREATE INDEX inbox_parked ON app.inbox (id) WHERE state = 'parked';
CREATE INDEX inbox_stripe ON app.inbox (received_at) WHERE provider = 'stripe';
