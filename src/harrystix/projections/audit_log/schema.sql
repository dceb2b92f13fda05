-- One row a fact. A bulk fact is one row with the ids that it touched.
CREATE TABLE assignment_logs (
    position bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    action text NOT NULL,
    actor text NOT NULL,
    command_id text NOT NULL,
    cause_id text NOT NULL,
    stream_id uuid NOT NULL,
    version int NOT NULL,
    event_id uuid,
    pre_order_id uuid,
    ticket_id uuid,
    upload_id uuid,
    ids uuid[],
    details jsonb NOT NULL
);
CREATE INDEX assignment_logs_event ON assignment_logs (event_id, position DESC);
CREATE INDEX assignment_logs_order ON assignment_logs (pre_order_id, position) WHERE pre_order_id IS NOT NULL;
CREATE INDEX assignment_logs_ticket ON assignment_logs (ticket_id, position) WHERE ticket_id IS NOT NULL;
CREATE INDEX assignment_logs_upload ON assignment_logs (upload_id, position)
    WHERE upload_id IS NOT NULL AND pre_order_id IS NULL;
CREATE INDEX assignment_logs_bulk ON assignment_logs (event_id, position) WHERE ids IS NOT NULL;
CREATE INDEX assignment_logs_looks ON assignment_logs ((details->>'member_id')) WHERE action LIKE 'StaffMember.View%';
CREATE INDEX assignment_logs_command ON assignment_logs (command_id);
