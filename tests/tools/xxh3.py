"""Another file of the same size and XXH3-128, as an attacker would compute it (tests/generation/forgery.cpp says how)."""

import ctypes
import ctypes.util
import struct

# The library's default secret (xxhash.h, XXH3_kSecret).
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
MASK, LOW = (1 << 64) - 1, (1 << 32) - 1
STRIPE, STRIPES_OF_BLOCK = 64, (192 - 64) // 8
PRIME32_1 = 0x9E3779B1
START = (0xC2B2AE3D, 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
         0x85EBCA77C2B2AE63, 0x85EBCA77, 0x27D4EB2F165667C5, PRIME32_1)


def hash64(data):
    """XXH3-64, computed by libxxhash itself."""
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    return library.XXH3_64bits(data, ctypes.c_size_t(len(data)))


def hash128(data):
    """Computed by libxxhash itself."""
    class Value(ctypes.Structure):
        _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]

    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_128bits.restype = Value
    value = library.XXH3_128bits(data, ctypes.c_size_t(len(data)))
    return f"{value.high:016x}{value.low:016x}"


def lanes(data, at):
    return struct.unpack_from("<8Q", data, at)


def added(words, keys):
    """What a stripe adds to each accumulator."""
    sums = [0] * 8
    for i, (word, key) in enumerate(zip(words, keys)):
        value = word ^ key
        sums[i ^ 1] += word
        sums[i] += (value & LOW) * (value >> 32)
    return sums


def keys_of(stripe):
    return lanes(SECRET, stripe % STRIPES_OF_BLOCK * 8)


def add_stripe(acc, data, stripe, sign=1):
    return [(a + sign * b) & MASK for a, b in zip(acc, added(lanes(data, stripe * STRIPE), keys_of(stripe)))]


def add_last(acc, data, sign=1):
    return [(a + sign * b) & MASK for a, b in zip(acc, added(lanes(data, len(data) - STRIPE), lanes(SECRET, 192 - 64 - 7)))]


def scramble(acc):
    return [(a ^ a >> 47 ^ key) * PRIME32_1 & MASK for a, key in zip(acc, lanes(SECRET, 192 - 64))]


def unscramble(acc):
    inverse = pow(PRIME32_1, -1, 1 << 64)
    mixed = [a * inverse & MASK ^ key for a, key in zip(acc, lanes(SECRET, 192 - 64))]
    return [a ^ a >> 47 for a in mixed]


def accumulate(data, stripes):
    acc = list(START)
    for stripe in range(stripes):
        acc = add_stripe(acc, data, stripe)
        if (stripe + 1) % STRIPES_OF_BLOCK == 0:
            acc = scramble(acc)
    return acc


def forge(original, evil, begin, end):
    """`evil` with 128 of the bytes from `begin` to `end` chosen so that its XXH3-128 is `original`'s."""
    assert len(original) == len(evil) > 240 and end <= len(evil) - STRIPE
    first = -(-begin // STRIPE)
    if first % STRIPES_OF_BLOCK == STRIPES_OF_BLOCK - 1:
        first += 1
    at = first * STRIPE
    assert at + 2 * STRIPE <= end, "not enough free bytes"
    stripes = (len(evil) - 1) // STRIPE
    wanted = add_last(add_last(accumulate(original, stripes), original), evil, -1)
    for stripe in reversed(range(first + 2, stripes)):
        if (stripe + 1) % STRIPES_OF_BLOCK == 0:
            wanted = unscramble(wanted)
        wanted = add_stripe(wanted, evil, stripe, -1)
    if (first + 2) % STRIPES_OF_BLOCK == 0:
        wanted = unscramble(wanted)
    before = accumulate(evil, first)
    one, two = [], []
    for i, (key, other) in enumerate(zip(keys_of(first), keys_of(first + 1))):
        total = wanted[i ^ 1] - before[i ^ 1] & MASK
        second = other & ~LOW | total - (key & LOW) & LOW
        one.append(total - second & MASK)
        two.append(second)
    return evil[:at] + struct.pack("<16Q", *one, *two) + evil[at + 2 * STRIPE:]
