"""`harrystix up`: everything on one machine, as any user, in one folder."""
