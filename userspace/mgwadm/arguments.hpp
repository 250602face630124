// SPDX-License-Identifier: GPL-2.0
/// What followed the verb: words in their order, and options by their name.
#ifndef MGWADM_ARGUMENTS_HPP
#define MGWADM_ARGUMENTS_HPP

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mgw/service.hpp"
#include "usage_error.hpp"

namespace mgwadm {

class Arguments {
 public:
  using Options = std::map<std::string, std::vector<std::string>, std::less<>>;

  Arguments() = default;
  Arguments(std::vector<std::string> words, Options options)
      : words_(std::move(words)), options_(std::move(options)) {}

  [[nodiscard]] std::size_t count() const { return words_.size(); }
  [[nodiscard]] const std::string& word(std::size_t index) const {
    return words_.at(index);
  }
  [[nodiscard]] bool has(std::string_view option) const;
  /// Every value given with the option, in order.
  [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
  /// Of those that set something; --family is part of a service's name.
  [[nodiscard]] std::size_t setting_count() const {
    return options_.size() - (has("--family") ? 1 : 0);
  }

  /// The first two words, "tcp 10.0.0.1:80", or "fwmark 7" with --family.
  [[nodiscard]] mgw::ServiceKey service() const;
  /// The first three words.
  [[nodiscard]] mgw::RsKey rs() const;

  /// The option's value as `parse` reads it; none when it was not given.
  template <typename Parse>
  auto value(std::string_view option, Parse&& parse) const
      -> std::optional<decltype(parse(std::string_view{}))> {
    const auto all = values(option);
    if (all.empty()) {
      return std::nullopt;
    }
    return read(option, all.front(), parse);
  }

  /// Runs a parser; its complaint becomes a usage error about `name`.
  template <typename Parse>
  static auto read(std::string_view name, std::string_view text,
                   Parse&& parse) {
    try {
      return parse(text);
    } catch (const mgw::ParseError& error) {
      throw UsageError(std::string(name), error.what());
    }
  }

 private:
  [[nodiscard]] mgw::Endpoint raddr(bool by_mark) const;

  std::vector<std::string> words_;
  Options options_;
};

}  // namespace mgwadm

#endif
