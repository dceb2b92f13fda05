"""Passkeys on the server: discoverable, user verified, no attestation. The library checks, we ask for more."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from harrystix.application.identity_ports import IdentityRefused, Passkey

NAME = "Harry's Tix"
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]


class Site:
    """`address`: as browsers see us. Passkeys are bound to its host for ever."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.origin, self._host = f"{parts.scheme}://{parts.netloc}", parts.hostname or ""

    def registration(
        self, kind: str, subject_id: str, login: str, have: Sequence[Passkey]
    ) -> tuple[str, str]:
        options = generate_registration_options(
            rp_id=self._host,
            rp_name=NAME,
            user_id=_handle(kind, subject_id),
            user_name=login,
            user_display_name=login,
            attestation=AttestationConveyancePreference.NONE,
            supported_pub_key_algs=ALGORITHMS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(
                    id=one.credential_id, transports=[AuthenticatorTransport(name) for name in one.transports]
                )
                for one in have
            ],
        )
        return options_to_json(options), bytes_to_base64url(options.challenge)

    def registered(self, answer: dict[str, Any], challenge: str, kind: str, subject_id: str) -> Passkey:
        with _refusing():
            credential = parse_registration_credential_json(answer)
            _same_page(credential.response.client_data_json)
            seen = verify_registration_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._host,
                expected_origin=[self.origin],
                require_user_verification=True,
                supported_pub_key_algs=ALGORITHMS,
            )
            if seen.fmt != AttestationFormat.NONE:
                # Nothing else was asked for, and nothing else is trusted.
                raise IdentityRefused(f"attestation {seen.fmt}")
            return Passkey(
                seen.credential_id,
                kind,
                subject_id,
                seen.credential_public_key,
                seen.sign_count,
                tuple(one.value for one in credential.response.transports or ()),
                seen.aaguid,
                seen.credential_device_type == "multi_device",
                seen.credential_backed_up,
            )

    def authentication(self) -> tuple[str, str]:
        """No list of credentials: the browser offers what it holds, and nobody learns who has any."""
        options = generate_authentication_options(
            rp_id=self._host, user_verification=UserVerificationRequirement.REQUIRED
        )
        return options_to_json(options), bytes_to_base64url(options.challenge)

    def credential_of(self, answer: dict[str, Any]) -> bytes:
        with _refusing():
            return parse_authentication_credential_json(answer).raw_id

    def authenticated(self, answer: dict[str, Any], challenge: str, passkey: Passkey) -> Passkey:
        with _refusing():
            credential = parse_authentication_credential_json(answer)
            _same_page(credential.response.client_data_json)
            if credential.response.user_handle != _handle(passkey.kind, passkey.subject_id):
                # The library does not look at it.
                raise IdentityRefused("the handle of somebody else, or none")
            seen = verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._host,
                expected_origin=[self.origin],
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
            if (seen.credential_device_type == "multi_device") != passkey.synced:
                raise IdentityRefused("whether it may be synced has changed")
            return replace(passkey, sign_count=seen.new_sign_count, backed_up=seen.credential_backed_up)


def _handle(kind: str, subject_id: str) -> bytes:
    """Never an address: authenticators keep it, and show it to others."""
    return kind[:1].encode() + UUID(subject_id).bytes


def _same_page(client_data: bytes) -> None:
    """From within a frame of another site is parsed by the library, and not refused by it."""
    if parse_client_data_json(client_data).cross_origin:
        raise IdentityRefused("from within a frame of another site")


@contextmanager
def _refusing() -> Generator[None]:
    """Everything that goes wrong in there as one error: the library lets bare ones of Python through."""
    try:
        yield
    except IdentityRefused:
        raise
    except Exception as wrong:
        raise IdentityRefused(type(wrong).__name__) from None
