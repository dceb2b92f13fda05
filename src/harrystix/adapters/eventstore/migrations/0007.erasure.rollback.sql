DROP TABLE app.erasures;
