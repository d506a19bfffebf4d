// Preloaded into nginx by test_faults.py: the n-th allocation fails, or the n-th operator new throws what
// nobody expects. Two counters in a shared file; zero is off.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <stdexcept>

extern "C" void* __libc_malloc(size_t size);
extern "C" void* __libc_calloc(size_t count, size_t size);
extern "C" void* __libc_realloc(void* memory, size_t size);
extern "C" void* __libc_memalign(size_t alignment, size_t size);

namespace {

volatile long* counters = nullptr;

__attribute__((constructor)) void open_counters() {
  const char* path = std::getenv("ABM_FAULTS");
  const int fd = path != nullptr ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory != MAP_FAILED) counters = static_cast<volatile long*>(memory);
}

bool due(int which) {
  return counters != nullptr && counters[which] > 0 && __sync_sub_and_fetch(&counters[which], 1) == 0;
}

void* none() {
  errno = ENOMEM;
  return nullptr;
}

}  // namespace

extern "C" void* malloc(size_t size) {
  return due(0) ? none() : __libc_malloc(size);
}
extern "C" void* calloc(size_t count, size_t size) {
  return due(0) ? none() : __libc_calloc(count, size);
}
extern "C" void* realloc(void* memory, size_t size) {
  return due(0) ? none() : __libc_realloc(memory, size);
}
extern "C" void* memalign(size_t alignment, size_t size) {
  return due(0) ? none() : __libc_memalign(alignment, size);
}
extern "C" void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}
extern "C" int posix_memalign(void** memory, size_t alignment, size_t size) {
  void* got = memalign(alignment, size);
  if (got == nullptr) return ENOMEM;
  *memory = got;
  return 0;
}

void* operator new(size_t size) {
  if (due(1)) throw std::runtime_error("a library's own exception");
  void* memory = malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
