"""OpenID Connect: code flow with PKCE, state and nonce, and an ID token of which every claim is checked here.

authlib makes the address and fetches the token; joserfc reads it, with a list of algorithms that is never empty.
"""

import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from harrystix.adapters.secrets import same
from harrystix.application.identity_ports import Begun, Identity, IdentityRefused

# Left empty, the library would allow its own list, and a shared secret with it.
ALGORITHMS = ("RS256", "PS256", "ES256")
TIMEOUT, LEEWAY, KEEP, PAUSE = 5.0, 60, 3600.0, 5.0
LATELY = 300
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
WRONG = (
    AuthlibBaseError,
    JoseError,
    requests.RequestException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)


class Provider:
    """`issuer` exactly as the provider spells it; `back`: where it sends the browser."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, back: str) -> None:
        self._issuer, self._client, self._secret, self._back = issuer, client_id, client_secret, back
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}
        self._away_until = 0.0

    def begin(self, *, again: bool = False) -> Begun:
        secret = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        more: dict[str, Any] = {"prompt": "login", "max_age": 0} if again else {}
        try:
            with self._session() as session:
                url, _ = session.create_authorization_url(
                    _safe(self._about()["authorization_endpoint"]),
                    state=secret["state"],
                    nonce=secret["nonce"],
                    code_verifier=secret["verifier"],
                    **more,
                )
        except WRONG as wrong:
            raise IdentityRefused(f"begin: {type(wrong).__name__}") from None
        return Begun(url, secret)

    def finish(
        self, answer: Mapping[str, str], secret: Mapping[str, str], now: datetime, *, again: bool
    ) -> Identity:
        try:
            claims = self._finish(answer, secret, int(now.timestamp()), again=again)
            vouched = claims.get("email_verified") is True
            return Identity(
                self._issuer, str(claims["sub"]), str(claims.get("email") or "") if vouched else ""
            )
        except WRONG as wrong:
            raise IdentityRefused(f"finish: {type(wrong).__name__}: {wrong}") from None

    def _finish(
        self, answer: Mapping[str, str], secret: Mapping[str, str], now: int, *, again: bool
    ) -> dict[str, Any]:
        if not same(answer.get("state", ""), secret["state"]):
            raise IdentityRefused("the state differs")
        if "error" in answer or not answer.get("code"):
            raise IdentityRefused("the provider refused")
        about = self._about()
        # RFC 9207: against being sent to another provider in between.
        named = about.get("authorization_response_iss_parameter_supported") is True
        if ("iss" in answer or named) and answer.get("iss") != self._issuer:
            raise IdentityRefused("the answer names another issuer")
        with self._session() as session:
            tokens = session.fetch_token(
                _safe(about["token_endpoint"]),
                grant_type="authorization_code",
                code=answer["code"],
                redirect_uri=self._back,
                code_verifier=secret["verifier"],
                allow_redirects=False,
            )
        return self._checked(tokens["id_token"], secret["nonce"], now, again=again)

    def _checked(self, token: str, nonce: str, now: int, *, again: bool) -> dict[str, Any]:
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            claims = jwt.decode(token, self._keys(), registry=registry).claims
        except InvalidKeyIdError:
            # The provider has changed its keys.
            claims = jwt.decode(token, self._keys(again=True), registry=registry).claims
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
        several = not isinstance(claims["aud"], str) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._client:
            raise IdentityRefused("issued to another party")
        if again and claims["auth_time"] < now - LATELY - LEEWAY:
            raise IdentityRefused("signed in too long ago")
        return claims

    def _about(self) -> dict[str, Any]:
        found = self._fetched(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise IdentityRefused("discovery names another issuer")
        return found

    def _keys(self, *, again: bool = False) -> KeySet:
        return KeySet.import_key_set(cast("Any", self._fetched(self._about()["jwks_uri"], again=again)))

    def _fetched(self, url: str, *, again: bool = False) -> dict[str, Any]:
        at, found = self._known.get(url, (float("-inf"), {}))
        if again or time.monotonic() - at > KEEP:
            if time.monotonic() < self._away_until:
                raise IdentityRefused("the provider did not answer a moment ago")
            try:
                answer = requests.get(_safe(url), timeout=TIMEOUT, allow_redirects=False)
            except requests.RequestException:
                # Everybody who comes would hold up a thread for seconds.
                self._away_until = time.monotonic() + PAUSE
                raise
            told: object = answer.json() if answer.status_code == requests.codes.ok else None
            if not isinstance(told, dict):
                raise IdentityRefused("the provider does not answer")
            found = cast("dict[str, Any]", told)
            self._known[url] = (time.monotonic(), found)
        return found

    def _session(self) -> Any:
        offered = self._about().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return OAuth2Session(
            self._client,
            self._secret,
            token_endpoint_auth_method=method,
            scope="openid email",
            redirect_uri=self._back,
            # Without it the verifier is silently left out.
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )


def _safe(url: str) -> str:
    """authlib would speak plain HTTP with anybody."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url
    raise IdentityRefused("not over https")
