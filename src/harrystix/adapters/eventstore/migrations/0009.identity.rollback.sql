DROP TABLE app.identities, app.ceremonies, app.passkeys;
