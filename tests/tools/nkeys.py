"""NATS identities without passwords: NKeys, JWTs and credentials files, as described by docs.nats.io and the nkeys project."""

import base64
import binascii
import json

from ed25519 import Ed25519

OPERATOR, ACCOUNT, USER = 14 << 3, 0, 20 << 3  # first bytes of public keys: "O", "A", "U"
SEED = 18 << 3                                 # of seeds: "S", then the letter of the key's kind


class NKey:
    def __init__(self, folder, name, kind):
        self.name, self.pair = name, Ed25519(folder, name)
        self.public = encode(bytes([kind]) + self.pair.public)
        self.seed = encode(bytes([SEED | kind >> 5, (kind & 31) << 3]) + self.pair.seed)

    def grant(self, key, **claims):
        """A JWT in which this key says who `key` is and what it may do."""
        body = {"jti": key.public, "iat": 1763780000, "iss": self.public, "name": key.name, "sub": key.public,
                "nats": {"version": 2, **claims}}
        text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                        for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
        return text + "." + base64.urlsafe_b64encode(self.pair.sign(text.encode())).decode().rstrip("=")


class Trust:
    """An operator with one account that may use JetStream; `config` is what nats-server must know about them."""

    def __init__(self, folder):
        self.folder = folder
        operator = NKey(folder, "operator", OPERATOR)
        self.account = NKey(folder, "account", ACCOUNT)
        unlimited = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf", "mem_storage", "disk_storage",
                                   "streams", "consumer"), -1)
        system = NKey(folder, "system", ACCOUNT)
        accounts = "\n".join(f"{one.public}: {operator.grant(one, type='account', limits=unlimited | more)}" for one, more in (
            (self.account, {}), (system, {"mem_storage": 0, "disk_storage": 0})))
        self.config = (f"operator: {operator.grant(operator, type='operator')}\nsystem_account: {system.public}\n"
                       f"resolver: MEMORY\nresolver_preload: {{\n{accounts}\n}}\n")

    def credentials(self, name, seed_of=None):
        """A credentials file for a new user; `seed_of`: with another user's seed, like a thief who only has the JWT."""
        user = NKey(self.folder, name, USER)
        jwt = self.account.grant(user, type="user", subs=-1, data=-1, payload=-1)
        path = self.folder / f"{name}.creds"
        path.write_text(f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
                        f"-----BEGIN USER NKEY SEED-----\n{(seed_of or user).seed}\n------END USER NKEY SEED------\n")
        path.chmod(0o600)
        return path


def encode(data):
    """Base32 with a CRC-16 (XMODEM) appended, low byte first."""
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode().rstrip("=")
