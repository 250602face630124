// SPDX-License-Identifier: GPL-2.0
/// What libbpf and the kernel give by handle, owned; and their errors.
#ifndef MGW_TOA_BPF_HANDLES_HPP
#define MGW_TOA_BPF_HANDLES_HPP

#include <bpf/libbpf.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace toa {

inline constexpr const char* bpf_root = "/sys/fs/bpf";
inline constexpr const char* pin_directory = "/sys/fs/bpf/mgw-toa";

/// Throws Error for an errno about `object`; `doing` is "cannot ...".
[[noreturn]] void throw_errno(const std::string& object, std::string_view doing,
                              int code);

/// Throws Error naming what this process lacks to load programs. The verifier's
/// own answer would be a puzzle.
void need_capabilities();

/// A file descriptor; -1 is none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd();
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// The path of a pin.
std::string pin_path(std::string_view name);
/// What is pinned there; none when nothing is.
Fd pinned(std::string_view name);
/// The same; Error when nothing is.
Fd must_be_pinned(std::string_view name);

/// An object of ours, opened from memory. load() brings it into the kernel.
class Object {
 public:
  Object(std::span<const unsigned char> bytes, const char* name);

  void load();
  [[nodiscard]] bpf_map* map(const char* name) const;
  [[nodiscard]] bpf_program* program(const char* name) const;

 private:
  struct Close {
    void operator()(bpf_object* object) const { bpf_object__close(object); }
  };
  std::unique_ptr<bpf_object, Close> object_;
};

struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, DestroyLink>;

}  // namespace toa

#endif
