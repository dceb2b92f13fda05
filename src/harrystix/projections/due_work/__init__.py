"""What has to be done, from the fact that asks for it to the fact that settles it."""
