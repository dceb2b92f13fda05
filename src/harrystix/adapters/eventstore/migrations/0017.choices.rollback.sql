DROP TABLE app.choices;
