// SPDX-License-Identifier: GPL-2.0
#include "mgw/error.hpp"

#include <system_error>

namespace mgw {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::module_missing:
      return "module_missing";
    case ErrorKind::permission:
      return "permission";
    case ErrorKind::netns:
      return "netns";
    case ErrorKind::protocol:
      return "protocol";
  }
  return "unknown";
}

Error Error::about(const std::string& object) const {
  Error named = *this;
  named.object_ = object;
  return named;
}

Error Error::at(std::optional<std::uint32_t> index) const {
  Error placed = *this;
  placed.index_ = index;
  return placed;
}

std::string errno_sentence(int code) {
  return std::generic_category().message(code);
}

}  // namespace mgw
