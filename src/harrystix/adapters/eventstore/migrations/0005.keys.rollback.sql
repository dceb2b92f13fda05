DROP TRIGGER members_not_retired ON vault.members;
DROP TRIGGER tickets_not_retired ON vault.tickets;
DROP FUNCTION vault.refuse_retired();
DROP FUNCTION vault.version_of;
DROP TABLE app.retired_keys;
