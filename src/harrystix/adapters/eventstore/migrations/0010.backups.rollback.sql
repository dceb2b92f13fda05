DROP TABLE app.backups;
