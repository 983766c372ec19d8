"""A certificate authority of one run, and the files that make programs trust it.

Its private key is in the memory of this process only. That of a certificate passes through a temporary file,
which nobody else may read and trustme removes: Python's ssl takes it from a file alone. The other files hold
the certificates that the programs would trust without it, too, since they still reach other hosts.
"""

import os
import re
import ssl
import warnings
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PKCS12Certificate,
    serialize_java_truststore,
)

BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Each names a file with all authorities that a program trusts."""
STORE_PASSWORD = "changeit"
"""Java's own; a trust store holds no secret."""
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Authority:
    """A certificate authority that lives as long as the object."""

    def __init__(self) -> None:
        self._authority = trustme.CA(
            organization_name="coldsend-mock", organization_unit_name="this run only"
        )

    def make_context(self, hosts: Iterable[str]) -> ssl.SSLContext:
        """Return what a server needs to be believed that it is each of these hosts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*hosts).configure_cert(context)
        return context

    def write_bundle(self, path: Path, environment: Mapping[str, str]) -> None:
        """Write its certificate and those that an environment trusts, as PEM."""
        path.write_text("".join(self._list_certificates(environment)), "ascii")

    def write_trust_store(self, path: Path, environment: Mapping[str, str]) -> None:
        """Write the same for Java, as PKCS #12."""
        found = [
            PKCS12Certificate(certificate, f"authority-{number}".encode())
            for number, certificate in enumerate(_load(self._list_certificates(environment)))
        ]
        path.write_bytes(serialize_java_truststore(found, BestAvailableEncryption(STORE_PASSWORD.encode())))

    def _list_certificates(self, environment: Mapping[str, str]) -> list[str]:
        texts = [self._authority.cert_pem.bytes().decode("ascii"), *_read_files(environment)]
        blocks = (block.strip() for text in texts for block in _CERTIFICATE.findall(text))
        return [f"{block}\n" for block in dict.fromkeys(blocks)]


def _read_files(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the texts of the files that programs trust in an environment, or without one."""
    known = ssl.get_default_verify_paths()
    names = [environment.get(name) for name in (*BUNDLE_VARIABLES, "NODE_EXTRA_CA_CERTS")]
    names += [known.cafile, known.openssl_cafile]
    if find_spec("certifi"):
        names.append(import_module("certifi").where())
    for name in dict.fromkeys(filter(None, names)):
        if os.path.isfile(name):  # noqa: PTH113 - as OpenSSL does, an odd name is no error
            yield Path(name).read_text("ascii", "replace")


def _load(texts: Iterable[str]) -> Iterator[x509.Certificate]:
    for text in texts:
        # Old authorities break rules that cryptography is strict about; nobody misses them.
        with warnings.catch_warnings(action="error"):
            try:
                yield x509.load_pem_x509_certificate(text.encode("ascii"))
            except (ValueError, Warning):
                continue
