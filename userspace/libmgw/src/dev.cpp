// SPDX-License-Identifier: GPL-2.0
#include "mgw/dev.hpp"

#include <fmt/format.h>
#include <linux/mgw.h>

#include "mgw/address.hpp"

namespace mgw {

static_assert(dev_name_max == MGW_DEV_NAME_MAX - 1);

std::string parse_dev_name(std::string_view word) {
  constexpr std::string_view never = "/: \t\n\v\f\r";
  if (word.empty() || word.size() > dev_name_max || word == "." ||
      word == ".." || word.find_first_of(never) != std::string_view::npos) {
    throw ParseError(fmt::format(
        "'{}' is no name of a device: give 1 to {} characters without blank, "
        "'/' and ':'",
        word, dev_name_max));
  }
  return std::string(word);
}

}  // namespace mgw
