// SPDX-License-Identifier: GPL-2.0
/// Why mgw-toa did not do what was asked.
#ifndef MGW_TOA_ERROR_HPP
#define MGW_TOA_ERROR_HPP

#include <stdexcept>
#include <string>
#include <utility>

namespace toa {

enum class ErrorKind {
  /// It makes no sense as things are.
  refused,
  /// A capability or a file's permission is missing.
  permission,
  /// The kernel, or what is mounted, cannot do it.
  unsupported,
};

/// object() says about what, what() is the sentence, code() an errno or 0.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string object, const std::string& sentence,
        int code = 0)
      : std::runtime_error(sentence),
        kind_(kind),
        object_(std::move(object)),
        code_(code) {}

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] const std::string& object() const { return object_; }
  [[nodiscard]] int code() const { return code_; }

 private:
  ErrorKind kind_;
  std::string object_;
  int code_;
};

}  // namespace toa

#endif
