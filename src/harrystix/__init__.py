"""Harry's Tix: tickets for nights out, given first come first served and proved afterwards."""
