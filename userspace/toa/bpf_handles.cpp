// SPDX-License-Identifier: GPL-2.0
#include "bpf_handles.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "error.hpp"
#include "mgw/error.hpp"

namespace toa {

namespace {

/// The last of libbpf's complaints: it says more than the errno.
std::string last_warning;

int keep_warning(libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN) {
    return 0;
  }
  std::array<char, 400> line{};
  std::vsnprintf(line.data(), line.size(), format, args);
  last_warning = line.data();
  last_warning.erase(last_warning.find_last_not_of(" \n") + 1);
  return 0;
}

}  // namespace

void throw_errno(const std::string& object, std::string_view doing, int code) {
  if (code == EPERM || code == EACCES) {
    throw Error(
        ErrorKind::permission, object,
        fmt::format("{}: {}: do it as root", doing, mgw::errno_sentence(code)),
        code);
  }
  throw Error(ErrorKind::refused, object,
              fmt::format("{}: {}", doing, mgw::errno_sentence(code)), code);
}

void need_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) {
    throw_errno("capabilities", "cannot read them", errno);
  }
  constexpr std::array<std::pair<unsigned, std::string_view>, 3> needed = {
      {{CAP_BPF, "CAP_BPF"},
       {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
       {CAP_PERFMON, "CAP_PERFMON"}}};
  for (const auto& [number, name] : needed) {
    if ((data.at(number / 32).effective & 1U << number % 32) == 0) {
      throw Error(ErrorKind::permission, "mgw-toa",
                  fmt::format("{} is missing: do it as root", name), EPERM);
    }
  }
}

Fd::~Fd() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

std::string pin_path(std::string_view name) {
  return fmt::format("{}/{}", pin_directory, name);
}

Fd pinned(std::string_view name) {
  const auto path = pin_path(name);
  Fd fd(bpf_obj_get(path.c_str()));
  if (!fd && errno != ENOENT) {
    throw_errno(path, "cannot open it", errno);
  }
  return fd;
}

Fd must_be_pinned(std::string_view name) {
  auto fd = pinned(name);
  if (!fd) {
    throw Error(ErrorKind::refused, pin_path(name),
                "is missing: mgw-toa detach, then attach again");
  }
  return fd;
}

Object::Object(std::span<const unsigned char> bytes, const char* name) {
  libbpf_set_print(keep_warning);
  bpf_object_open_opts options{};
  options.sz = sizeof(options);
  options.object_name = name;
  object_.reset(bpf_object__open_mem(bytes.data(), bytes.size(), &options));
  if (!object_) {
    throw_errno(name, "cannot open the program", errno);
  }
}

void Object::load() {
  last_warning.clear();
  const int code = -bpf_object__load(object_.get());
  const std::string name = bpf_object__name(object_.get());
  if (code == EPERM) {
    throw_errno(name, "cannot load it", code);
  }
  if (code != 0) {
    throw Error(ErrorKind::unsupported, name,
                fmt::format("this kernel does not take it: {} ({}); it needs "
                            "Linux 5.10 or later with CONFIG_CGROUP_BPF",
                            mgw::errno_sentence(code), last_warning),
                code);
  }
}

bpf_map* Object::map(const char* name) const {
  return bpf_object__find_map_by_name(object_.get(), name);
}

bpf_program* Object::program(const char* name) const {
  return bpf_object__find_program_by_name(object_.get(), name);
}

}  // namespace toa
