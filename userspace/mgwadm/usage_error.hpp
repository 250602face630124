// SPDX-License-Identifier: GPL-2.0
/// The command line is wrong: exit code 2.
#ifndef MGWADM_USAGE_ERROR_HPP
#define MGWADM_USAGE_ERROR_HPP

#include <stdexcept>
#include <string>
#include <utility>

namespace mgwadm {

/// object() is the word, option or command that is wrong, what() a sentence
/// with the way out.
class UsageError : public std::runtime_error {
 public:
  UsageError(std::string object, const std::string& sentence)
      : std::runtime_error(sentence), object_(std::move(object)) {}

  [[nodiscard]] const std::string& object() const { return object_; }

 private:
  std::string object_;
};

}  // namespace mgwadm

#endif
