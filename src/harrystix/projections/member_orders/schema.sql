CREATE TABLE member_orders (
    id uuid PRIMARY KEY,
    -- Of the placement that counts: the order in which captures are tried.
    position bigint NOT NULL,
    member_id uuid NOT NULL,
    event_id uuid NOT NULL,
    variant text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    placed_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    assigned_at timestamptz,
    ticket_variant text,
    delivery text NOT NULL DEFAULT '',
    -- What the member has to do: authenticate or new_card; the card's end as year * 100 + month, 0: no card.
    needs text NOT NULL DEFAULT '',
    card_expires int NOT NULL DEFAULT 0,
    last_code text NOT NULL DEFAULT '',
    -- Of the confirmation of the payment, which is the place in the queue; nobody is served while a case is open.
    queued_at bigint,
    frozen boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
CREATE INDEX member_orders_member ON member_orders (member_id, placed_at);
-- Its status is in other indexes already, so that one more costs little: lists of a rare one are found by it.
CREATE INDEX member_orders_status ON member_orders (status);
CREATE INDEX member_orders_open ON member_orders (position) WHERE status IN ('placed', 'processing');
CREATE INDEX member_orders_open_event ON member_orders (event_id) WHERE status IN ('placed', 'processing');
CREATE INDEX member_orders_served ON member_orders (event_id, variant, assigned_at) WHERE assigned_at IS NOT NULL;
CREATE INDEX member_orders_unserved ON member_orders (event_id, queued_at) WHERE status IN ('confirmed', 'waiting_for_stock');
