// SPDX-License-Identifier: GPL-2.0
/// Reads netlink attributes. Trusts no length: what does not fit is an Error
/// of kind protocol. Attributes nobody asks for are ignored, so that a newer
/// module can say more.
#ifndef MGW_ATTRIBUTES_HPP
#define MGW_ATTRIBUTES_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "message.hpp"

namespace mgw {

/// One level of attributes. A view: the bytes must outlive it.
class Attributes {
 public:
  explicit Attributes(ByteView bytes);

  [[nodiscard]] bool has(int type) const;
  [[nodiscard]] std::optional<std::uint32_t> u32(int type) const;
  [[nodiscard]] std::optional<std::uint64_t> u64(int type) const;
  [[nodiscard]] std::optional<std::uint16_t> u16(int type) const;
  [[nodiscard]] std::optional<std::uint16_t> be16(int type) const;
  [[nodiscard]] std::optional<std::string> string(int type) const;
  [[nodiscard]] std::optional<Address> address(int type) const;
  [[nodiscard]] std::optional<Attributes> nest(int type) const;
  /// A list: the nests inside, whatever their numbers.
  [[nodiscard]] std::vector<Attributes> nests() const;

 private:
  [[nodiscard]] std::optional<ByteView> find(int type) const;
  template <typename T>
  [[nodiscard]] std::optional<T> scalar(int type) const;

  std::vector<std::pair<int, ByteView>> attributes_;
};

[[noreturn]] void throw_bad_reply(const std::string& detail);

/// The value, or an Error: the ABI promises it.
template <typename T>
T require(std::optional<T> value, const char* name) {
  if (!value) {
    throw_bad_reply(std::string("it lacks ") + name);
  }
  return *std::move(value);
}

}  // namespace mgw

#endif
