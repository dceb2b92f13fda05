-- Which schema.sql a read model's tables were made from: another one means that they are built anew.
ALTER TABLE reporting.positions ADD COLUMN schema_hash text NOT NULL DEFAULT '';
