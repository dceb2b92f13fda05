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
);
CREATE INDEX tickets_event ON tickets (event_id, status);

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
);
CREATE INDEX ticket_assignments_page ON ticket_assignments (event_id, position DESC);
CREATE INDEX ticket_assignments_all ON ticket_assignments (position DESC);
CREATE INDEX ticket_assignments_order ON ticket_assignments (pre_order_id);
CREATE INDEX ticket_assignments_ticket ON ticket_assignments (ticket_id);
CREATE INDEX ticket_assignments_trouble ON ticket_assignments (event_id, delivery_status, position DESC)
    WHERE delivery_status IN ('failed', 'bounced');

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
);
CREATE INDEX pre_orders_page ON pre_orders (event_id, position DESC);
CREATE INDEX pre_orders_all ON pre_orders (position DESC);
CREATE INDEX pre_orders_member ON pre_orders (member_id);
CREATE INDEX pre_orders_waiting ON pre_orders (event_id, position)
    WHERE status IN ('confirmed', 'waiting_for_stock');
