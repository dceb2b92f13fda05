CREATE TABLE variant_matrix (
    event_id uuid NOT NULL,
    variant_id text NOT NULL,
    ordered bigint NOT NULL DEFAULT 0,
    uploaded bigint NOT NULL DEFAULT 0,
    assigned bigint NOT NULL DEFAULT 0,
    served bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, variant_id)
);
