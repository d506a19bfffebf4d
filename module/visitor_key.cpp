// A sequence lock around 32 random bytes: one writer a day, under a mutex that nginx frees if its holder
// dies.
#include "module/visitor_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "module/counters.h"

namespace abm::module {
namespace {

constexpr uint64_t kSecondsPerDay = 86400;
constexpr int kReadAttempts = 16;
constexpr size_t kMaxUserAgent = 512;  // bytes of it that count

using Key = std::array<uint64_t, 4>;

bool read_key(Key& key) noexcept {
  Counters& shared = counters();
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    const uint64_t before = shared.key_sequence.load(std::memory_order_acquire);
    if (before == 0 || before % 2 != 0) continue;
    for (size_t i = 0; i < key.size(); ++i) key[i] = shared.key_words[i].load(std::memory_order_acquire);
    if (shared.key_sequence.load(std::memory_order_acquire) == before) return true;
  }
  return false;
}

}  // namespace

void rotate_visitor_key(ngx_shm_zone_t* zone) noexcept {
  if (zone == nullptr) return;
  Counters& shared = counters();
  const uint64_t today = static_cast<uint64_t>(ngx_time()) / kSecondsPerDay;
  if (shared.key_sequence.load(std::memory_order_acquire) % 2 == 0 && load(shared.key_day) == today) return;
  auto* pool = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
  if (!ngx_shmtx_trylock(&pool->mutex)) return;  // another worker is doing it
  Key key;
  const bool due = load(shared.key_day) != today || load(shared.key_sequence) % 2 != 0;
  if (due && getrandom(key.data(), sizeof key, GRND_NONBLOCK) == sizeof key) {
    // A writer that died half-way left an odd number: the next even one repairs that, too.
    const uint64_t odd = load(shared.key_sequence) | 1;
    shared.key_sequence.store(odd, std::memory_order_seq_cst);
    for (size_t i = 0; i < key.size(); ++i) shared.key_words[i].store(key[i], std::memory_order_seq_cst);
    shared.key_day.store(today, std::memory_order_relaxed);
    shared.key_sequence.store(odd + 1, std::memory_order_release);
  }
  ngx_shmtx_unlock(&pool->mutex);
}

std::string_view visitor_hash(std::string_view address, std::string_view user_agent,
                              std::span<char, 32> out) noexcept {
  Key key;
  if (!read_key(key)) return {};
  std::array<unsigned char, 64 + kMaxUserAgent> message;
  const size_t address_size = address.size() < 64 ? address.size() : 63;
  const size_t agent_size = user_agent.size() < kMaxUserAgent ? user_agent.size() : kMaxUserAgent;
  // Not memcpy, which must not be given the null pointer of a missing User-Agent.
  unsigned char* const separator = std::copy_n(address.data(), address_size, message.data());
  *separator = 0;
  std::copy_n(user_agent.data(), agent_size, separator + 1);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int digest_size = 0;
  if (HMAC(EVP_sha256(), key.data(), sizeof key, message.data(), address_size + 1 + agent_size, digest.data(),
           &digest_size) == nullptr) {
    return {};
  }
  ngx_hex_dump(reinterpret_cast<u_char*>(out.data()), digest.data(), out.size() / 2);
  return {out.data(), out.size()};
}

}  // namespace abm::module
