// SPDX-License-Identifier: GPL-2.0
/// Netlink bytes written by hand, without the code under test.
#ifndef MGW_TEST_BYTES_HPP
#define MGW_TEST_BYTES_HPP

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mgw_test {

using Bytes = std::vector<std::uint8_t>;

/// Numbers are little-endian, as on the machines these tests run on.
template <typename T>
Bytes raw(T value) {
  Bytes bytes(sizeof(value));
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// One attribute with its padding.
inline Bytes attr(std::uint16_t type, const Bytes& payload) {
  Bytes bytes =
      raw(static_cast<std::uint16_t>(payload.size() + 4)) + raw(type) + payload;
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

inline Bytes nest(std::uint16_t type, const Bytes& payload) {
  return attr(type | 0x8000U, payload);
}

inline Bytes u32(std::uint16_t type, std::uint32_t value) {
  return attr(type, raw(value));
}

inline Bytes u64(std::uint16_t type, std::uint64_t value) {
  return attr(type, raw(value));
}

inline Bytes be16(std::uint16_t type, std::uint16_t value) {
  return attr(type, {static_cast<std::uint8_t>(value >> 8U),
                     static_cast<std::uint8_t>(value)});
}

inline Bytes str(std::uint16_t type, std::string_view value) {
  Bytes payload(value.begin(), value.end());
  payload.push_back(0);
  return attr(type, payload);
}

/// A netlink message.
inline Bytes message(std::uint16_t type, std::uint16_t flags,
                     std::uint32_t sequence, const Bytes& payload) {
  Bytes bytes = raw(static_cast<std::uint32_t>(payload.size() + 16)) +
                raw(type) + raw(flags) + raw(sequence) + raw(std::uint32_t{0}) +
                payload;
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

/// Four bytes of a generic netlink header.
inline Bytes genl(std::uint8_t command, std::uint8_t version = 1) {
  return {command, version, 0, 0};
}

/// "0a 00 ff" with one blank between; line breaks are for the reader.
inline Bytes from_hex(std::string_view text) {
  Bytes bytes;
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') {
      digits += c;
    }
    if (digits.size() == 2) {
      bytes.push_back(
          static_cast<std::uint8_t>(std::stoul(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return bytes;
}

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i++) {
    text += i % 4 == 0 && i != 0 ? "\n" : i != 0 ? " " : "";
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 15U];
  }
  return text;
}

}  // namespace mgw_test

#endif
