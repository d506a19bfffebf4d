"""minisign keys and signatures as its documentation describes them."""

import base64
import hashlib
import os

from ed25519 import Ed25519


class Key:
    def __init__(self, folder, name):
        self.id = os.urandom(8)
        self.pair = Ed25519(folder, name)
        self.public = folder / f"{name}.pub"
        self.public.write_text("untrusted comment: minisign public key\n" + encode(b"Ed" + self.id + self.pair.public) + "\n")
        # Unencrypted, as written by `minisign -G -W`.
        self.secret = folder / f"{name}.key"
        self.secret.write_text("untrusted comment: minisign secret key\n" + encode(
            b"Ed\0\0B2" + bytes(48) + self.id + self.pair.seed + self.pair.public + bytes(32)) + "\n")
        self.secret.chmod(0o600)

    def sign(self, message, comment="a feed"):
        signature = self.pair.sign(hashlib.blake2b(message).digest())
        return ("untrusted comment: signature\n" + encode(b"ED" + self.id + signature) + f"\ntrusted comment: {comment}\n"
                + encode(self.pair.sign(signature + comment.encode())) + "\n")


def encode(data):
    return base64.b64encode(data).decode()
