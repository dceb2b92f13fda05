"""A real OpenID provider on loopback: it insists on PKCE, and lies in its ID tokens when it is told to."""

import hashlib
import threading
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

with warnings.catch_warnings():
    # It is made with the older half of authlib.
    warnings.simplefilter("ignore")
    import flask
    import oidc_provider_mock
    from werkzeug.serving import make_server

Lie = Callable[[dict[str, Any], dict[str, Any], RSAKey], Any]


@dataclass
class Idp:
    """`lie`: (header, claims, key) -> the ID token to hand out instead; `jwks`: other keys to show."""

    issuer: str = ""
    lie: Lie | None = None
    jwks: dict[str, Any] | None = None
    challenges: dict[str, str] = field(default_factory=dict[str, str])

    def user(self, sub: str, **claims: Any) -> None:
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()

    def login(self, url: str, sub: str) -> dict[str, str]:
        """What a browser does there: post the form, be sent back. The query of the way back."""
        answer = requests.post(url, data={"sub": sub}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return {
            name: found[0] for name, found in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }


@contextmanager
def running() -> Generator[Idp]:
    idp = Idp()
    made: Any = oidc_provider_mock
    app: Any = made.app(require_nonce=True)
    app.debug = False

    @app.before_request
    def insist() -> Any:
        ask: Any = flask.request
        where = (ask.endpoint or "").rpartition(".")[2]
        if where == "authorize" and ask.args.get("code_challenge_method") != "S256":
            return flask.jsonify(error="invalid_request"), 400
        if where == "issue_token":
            proof = urlsafe_b64encode(hashlib.sha256(ask.form.get("code_verifier", "").encode()).digest())
            if idp.challenges.pop(ask.form.get("code", ""), "") != proof.rstrip(b"=").decode():
                return flask.jsonify(error="invalid_grant"), 400
        return None

    @app.after_request
    def after(answer: Any) -> Any:
        where = (flask.request.endpoint or "").rpartition(".")[2]
        if where == "authorize" and answer.status_code == 302:
            code = parse_qs(urlsplit(str(answer.headers["Location"])).query).get("code", [""])[0]
            idp.challenges[code] = flask.request.args["code_challenge"]
        if where == "jwks" and idp.jwks is not None:
            answer = flask.jsonify(idp.jwks)
        if where == "issue_token" and answer.status_code == 200 and idp.lie:
            body = answer.get_json()
            storage: Any = flask.g.oidc_provider_mock_storage
            key = RSAKey.import_key(storage.jwk.as_dict(is_private=True))
            said = jwt.decode(body["id_token"], key, algorithms=["RS256"])
            body["id_token"] = idp.lie(dict(said.header), dict(said.claims), key)
            answer.set_data(flask.json.dumps(body))
        return answer

    server: Any = make_server("127.0.0.1", 0, app, threaded=True)
    idp.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        thread.join(2)
        server.server_close()
