"""Proofs of who somebody is that come from elsewhere: passkeys and OpenID Connect."""
