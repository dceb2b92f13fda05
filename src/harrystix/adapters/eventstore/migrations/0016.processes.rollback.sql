DROP TABLE app.processes;
