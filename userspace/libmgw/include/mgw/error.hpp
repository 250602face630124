// SPDX-License-Identifier: GPL-2.0
/// Why a request did not succeed.
#ifndef MGW_ERROR_HPP
#define MGW_ERROR_HPP

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mgw {

enum class ErrorKind {
  /// The kernel understood and said no.
  refused,
  /// There is no family `mgw`.
  module_missing,
  /// CAP_NET_ADMIN is missing.
  permission,
  /// The network namespace cannot be entered.
  netns,
  /// The kernel's answer makes no sense, or none came.
  protocol,
};

/// The word for it in structured output.
std::string_view to_string(ErrorKind kind);

/// object() says about what, what() is the sentence, code() an errno or 0.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& sentence, int code = 0)
      : std::runtime_error(sentence), kind_(kind), code_(code) {}

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] const std::string& object() const { return object_; }

  /// Which of several objects of a request is to blame, if it is one of them.
  [[nodiscard]] std::optional<std::uint32_t> index() const { return index_; }

  /// The same error with its object named.
  [[nodiscard]] Error about(const std::string& object) const;
  /// The same error with the object that is to blame.
  [[nodiscard]] Error at(std::optional<std::uint32_t> index) const;

 private:
  ErrorKind kind_;
  int code_;
  std::string object_;
  std::optional<std::uint32_t> index_;
};

/// "No such file or directory"
std::string errno_sentence(int code);

}  // namespace mgw

#endif
