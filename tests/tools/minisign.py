"""minisign keys and signatures as its documentation describes them, made with openssl: an independent implementation."""

import base64
import hashlib
import os
import subprocess
import tempfile


class Key:
    def __init__(self, folder, name):
        self.id = os.urandom(8)
        self.pem = folder / f"{name}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.pem], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.pem, "-outform", "DER"], check=True, capture_output=True).stdout
        public = subprocess.run(["openssl", "pkey", "-in", self.pem, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout[-32:]
        self.public = folder / f"{name}.pub"
        self.public.write_text("untrusted comment: minisign public key\n" + encode(b"Ed" + self.id + public) + "\n")
        # Unencrypted, as `minisign -G -W` writes it.
        self.secret = folder / f"{name}.key"
        self.secret.write_text("untrusted comment: minisign secret key\n"
                               + encode(b"Ed\0\0B2" + bytes(48) + self.id + der[-32:] + public + bytes(32)) + "\n")
        self.secret.chmod(0o600)

    def sign(self, message, comment="a feed"):
        signature = self._ed25519(hashlib.blake2b(message).digest())
        return ("untrusted comment: signature\n" + encode(b"ED" + self.id + signature) + f"\ntrusted comment: {comment}\n"
                + encode(self._ed25519(signature + comment.encode())) + "\n")

    def _ed25519(self, message):
        with tempfile.NamedTemporaryFile() as file:
            file.write(message)
            file.flush()
            return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.pem, "-in", file.name], check=True,
                                  capture_output=True).stdout


def encode(data):
    return base64.b64encode(data).decode()
