"""The numbers of the overview, per ticketed event and in all."""
