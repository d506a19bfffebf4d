// Preloaded into nginx by test_clock.py and into abmctl by tests/tools/test_ship_clock.py: the wall clock is
// off by the seconds in a shared file; the monotonic one goes on. Who waits until a time of the wall clock
// notices when it jumps.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <cstdlib>

namespace {

volatile long* offset = nullptr;

__attribute__((constructor)) void open_offset() {
  const char* path = std::getenv("ABM_CLOCK");
  const int fd = path != nullptr ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* memory = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (memory != MAP_FAILED) offset = static_cast<volatile long*>(memory);
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int gettimeofday(timeval* time, void* zone) noexcept {
  static const auto next = real<int (*)(timeval*, void*)>("gettimeofday");
  const int result = next(time, zone);
  if (offset != nullptr) time->tv_sec += *offset;
  return result;
}

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto next = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = next(clock, time);
  if (offset != nullptr && clock == CLOCK_REALTIME) time->tv_sec += *offset;
  return result;
}

// Only for conditions that go by the wall clock, which is the default.
extern "C" int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* until) {
  using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  static const auto current =
      reinterpret_cast<Wait>(dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2"));
  static const auto next = current != nullptr ? current : real<Wait>("pthread_cond_timedwait");
  if (offset == nullptr) return next(condition, mutex, until);
  constexpr long kSlice = 20'000'000;
  for (;;) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const long left = (until->tv_sec - now.tv_sec) * 1'000'000'000 + (until->tv_nsec - now.tv_nsec);
    if (left <= 0) return ETIMEDOUT;
    now.tv_sec -= *offset;
    now.tv_nsec += left < kSlice ? left : kSlice;
    now.tv_sec += now.tv_nsec / 1'000'000'000;
    now.tv_nsec %= 1'000'000'000;
    const int result = next(condition, mutex, &now);
    if (result != ETIMEDOUT) return result;
  }
}

extern "C" time_t time(time_t* out) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
