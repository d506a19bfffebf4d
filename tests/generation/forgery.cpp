// XXH3-128 of a long input adds stripes of 64 bytes, eight lanes d[i] of 64 bits, to eight accumulators:
//
//   v = d[i] ^ key[i];   acc[i ^ 1] += d[i];   acc[i] += low32(v) * high32(v)
//
// and after each block of 16 stripes scrambles every accumulator by a bijection: all of it can be undone. A
// lane with low32(v) = 0 or high32(v) = 0 adds only d[i]: two stripes, one of each kind, can add anything to
// all eight. (xxHash, doc/xxhash_spec.md; the secret is the library's default.)
#include "tests/generation/forgery.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/hash.h"

namespace abm::generation::testing {
namespace {

constexpr size_t kStripe = 64;
constexpr size_t kLanes = 8;
constexpr size_t kSecretStep = 8;
constexpr size_t kStripesOfBlock = (XXH3_SECRET_DEFAULT_SIZE - kStripe) / kSecretStep;
constexpr size_t kScrambleAt = XXH3_SECRET_DEFAULT_SIZE - kStripe;
constexpr uint64_t kLow32 = 0xffffffff;

using Lanes = std::array<uint64_t, kLanes>;

uint64_t word(const void* from, size_t at) {
  uint64_t value = 0;
  std::memcpy(&value, static_cast<const char*>(from) + at, sizeof value);
  return value;
}

size_t key_at(size_t stripe) {
  return stripe % kStripesOfBlock * kSecretStep;
}
uint64_t key(size_t stripe, size_t lane) {
  return word(XXH3_kSecret, key_at(stripe) + lane * 8);
}

/// What a stripe adds to each accumulator.
Lanes sums(const char* bytes, size_t key_at) {
  Lanes sum{};
  for (size_t i = 0; i < kLanes; ++i) {
    const uint64_t data = word(bytes, i * 8);
    const uint64_t v = data ^ word(XXH3_kSecret, key_at + i * 8);
    sum[i ^ 1] += data;
    sum[i] += (v & kLow32) * (v >> 32);
  }
  return sum;
}
Lanes stripe_of(std::string_view bytes, size_t stripe) {
  return sums(bytes.data() + stripe * kStripe, key_at(stripe));
}
Lanes last_stripe_of(std::string_view bytes) {
  return sums(bytes.data() + bytes.size() - kStripe, kScrambleAt - 7);
}

void add(Lanes& acc, const Lanes& sum) {
  for (size_t i = 0; i < kLanes; ++i) acc[i] += sum[i];
}
void subtract(Lanes& acc, const Lanes& sum) {
  for (size_t i = 0; i < kLanes; ++i) acc[i] -= sum[i];
}

void scramble(Lanes& acc) {
  for (size_t i = 0; i < kLanes; ++i)
    acc[i] = (acc[i] ^ (acc[i] >> 47) ^ word(XXH3_kSecret, kScrambleAt + i * 8)) * XXH_PRIME32_1;
}

void unscramble(Lanes& acc) {
  uint64_t inverse = 1;  // of an odd number modulo 2^64, by Newton's method
  for (int step = 0; step < 6; ++step) inverse *= 2 - XXH_PRIME32_1 * inverse;
  for (size_t i = 0; i < kLanes; ++i) {
    const uint64_t mixed = acc[i] * inverse ^ word(XXH3_kSecret, kScrambleAt + i * 8);
    acc[i] = mixed ^ (mixed >> 47);
  }
}

bool ends_block(size_t stripe) {
  return (stripe + 1) % kStripesOfBlock == 0;
}

/// All whole stripes except one that ends the input: its last 64 bytes are added once more,
/// with a key of their own.
size_t stripes_of(std::string_view bytes) {
  return (bytes.size() - 1) / kStripe;
}

/// The accumulators after `stripes` stripes.
Lanes accumulate(std::string_view bytes, size_t stripes) {
  Lanes acc = {XXH_PRIME32_3, XXH_PRIME64_1, XXH_PRIME64_2, XXH_PRIME64_3,
               XXH_PRIME64_4, XXH_PRIME32_2, XXH_PRIME64_5, XXH_PRIME32_1};
  for (size_t stripe = 0; stripe < stripes; ++stripe) {
    add(acc, stripe_of(bytes, stripe));
    if (ends_block(stripe)) scramble(acc);
  }
  return acc;
}

/// What `acc` was before the stripes of `bytes` from `stripe` on were added.
void take_back(Lanes& acc, std::string_view bytes, size_t stripe) {
  subtract(acc, last_stripe_of(bytes));
  for (size_t i = stripes_of(bytes); i-- > stripe;) {
    if (ends_block(i)) unscramble(acc);
    subtract(acc, stripe_of(bytes, i));
  }
}

}  // namespace

std::string forge_xxh3_128(std::string_view original, std::string evil, size_t at) {
  const size_t first = at / kStripe;
  Lanes wanted = accumulate(original, stripes_of(original));
  add(wanted, last_stripe_of(original));
  take_back(wanted, evil, first + 2);
  if (ends_block(first + 1)) unscramble(wanted);
  const Lanes before = accumulate(evil, first);
  for (size_t i = 0; i < kLanes; ++i) {
    const uint64_t sum = wanted[i ^ 1] - before[i ^ 1];  // of the two words of lane i
    const uint64_t one = key(first, i), two = key(first + 1, i);
    // The first has the low half of its key, the second the high half of its own.
    const uint64_t second = (two & ~kLow32) | ((sum - (one & kLow32)) & kLow32);
    const uint64_t chosen = sum - second;
    std::memcpy(evil.data() + at + i * 8, &chosen, sizeof chosen);
    std::memcpy(evil.data() + at + kStripe + i * 8, &second, sizeof second);
  }
  return evil;
}

}  // namespace abm::generation::testing
