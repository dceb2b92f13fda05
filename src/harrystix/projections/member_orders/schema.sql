CREATE TABLE member_orders (
    id uuid PRIMARY KEY,
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
    delivery text NOT NULL DEFAULT ''
) WITH (fillfactor = 50);
CREATE INDEX member_orders_member ON member_orders (member_id, placed_at);
