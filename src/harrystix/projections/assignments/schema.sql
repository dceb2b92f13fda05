-- States are in no index, and pages are filled by half, so that changes happen in place. What is in trouble has a table of its own.
-- tickets and ticket_assignments carry the names and columns of the product document; secrets are references.
CREATE TABLE tickets (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL,
    variant text NOT NULL,
    email text GENERATED ALWAYS AS ('vault:tickets') STORED,
    password text GENERATED ALWAYS AS ('vault:tickets') STORED,
    status text NOT NULL DEFAULT 'unassigned',
    assigned_user_id uuid,
    assigned_at timestamptz,
    created_at timestamptz NOT NULL,
    upload_id uuid NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX tickets_event ON tickets (event_id);

CREATE TABLE ticket_assignments (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL,
    pre_order_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    created_at timestamptz NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    member_id uuid,
    variant text NOT NULL,
    rule text NOT NULL,
    upload_id uuid NOT NULL,
    delivery_status text NOT NULL DEFAULT 'planned',
    mailed_at timestamptz
) WITH (fillfactor = 50);
CREATE INDEX ticket_assignments_page ON ticket_assignments (event_id, position DESC);
CREATE INDEX ticket_assignments_all ON ticket_assignments (position DESC);
CREATE INDEX ticket_assignments_order ON ticket_assignments (pre_order_id);
CREATE INDEX ticket_assignments_ticket ON ticket_assignments (ticket_id);

CREATE TABLE pre_orders (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL,
    member_id uuid NOT NULL,
    variant text NOT NULL,
    status text NOT NULL DEFAULT 'placed',
    placed_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    position bigint NOT NULL,
    assignment_id uuid
) WITH (fillfactor = 50);
CREATE INDEX pre_orders_page ON pre_orders (event_id, position DESC);
CREATE INDEX pre_orders_all ON pre_orders (position DESC);
-- When it was placed changes with where it stands in the list, and with nothing else.
CREATE INDEX pre_orders_placed ON pre_orders (placed_at, position);
CREATE INDEX pre_orders_member ON pre_orders (member_id);

CREATE TABLE delivery_trouble (
    assignment_id uuid PRIMARY KEY,
    event_id uuid NOT NULL,
    pre_order_id uuid NOT NULL
);
CREATE INDEX delivery_trouble_event ON delivery_trouble (event_id);
