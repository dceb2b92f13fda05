DROP TABLE app.pictures;
