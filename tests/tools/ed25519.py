"""Ed25519 keys, made and used by openssl: an independent implementation."""

import subprocess
import tempfile


class Ed25519:
    """`seed` and `public` are 32 bytes each."""

    def __init__(self, folder, name):
        self.pem = folder / f"{name}.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.pem)
        self.seed = openssl("pkey", "-in", self.pem, "-outform", "DER")[-32:]
        self.public = openssl("pkey", "-in", self.pem, "-pubout", "-outform", "DER")[-32:]

    def sign(self, message):
        with tempfile.NamedTemporaryFile() as file:
            file.write(message)
            file.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.pem, "-in", file.name)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout
