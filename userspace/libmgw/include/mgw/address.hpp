// SPDX-License-Identifier: GPL-2.0
/// Addresses, ports and ranges as an operator writes them. Numeric only: no
/// name is ever resolved.
#ifndef MGW_ADDRESS_HPP
#define MGW_ADDRESS_HPP

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mgw {

/// A word that could not be read; what() is a sentence for the operator.
class ParseError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

enum class Family : std::uint8_t { v4, v6 };

/// One IPv4 or IPv6 address. Ordered by family, then by value.
class Address {
 public:
  static constexpr std::size_t v4_size = 4;
  static constexpr std::size_t v6_size = 16;

  /// 0.0.0.0
  Address() = default;

  /// Reads "10.0.0.1", "2001:db8::1" or "[2001:db8::1]".
  static Address parse(std::string_view text);

  /// From 4 or 16 bytes in network order; anything else is no address.
  static std::optional<Address> from_bytes(std::span<const std::uint8_t> bytes);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v6() const { return family_ == Family::v6; }
  /// 4 or 16 bytes in network order.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;
  [[nodiscard]] std::string to_string() const;

  /// The address `step` above this one; empty past the end of the family.
  [[nodiscard]] std::optional<Address> plus(std::uint32_t step) const;

  auto operator<=>(const Address&) const = default;

 private:
  Family family_ = Family::v4;
  std::array<std::uint8_t, v6_size> bytes_{};
};

/// Reads a decimal number of a given range; the sentence of the error names
/// the range. No sign, no blanks, no hexadecimal.
std::uint64_t parse_number(std::string_view text, std::uint64_t min,
                           std::uint64_t max);

/// Address and port: "10.0.0.1:80" or "[2001:db8::1]:80".
struct Endpoint {
  Address addr;
  std::uint16_t port = 0;

  static Endpoint parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Endpoint&) const = default;
};

/// Address with or without a port, as session filters take it.
struct PartialEndpoint {
  Address addr;
  std::optional<std::uint16_t> port;

  static PartialEndpoint parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  bool operator==(const PartialEndpoint&) const = default;
};

/// Addresses one after the other, of one family.
struct AddressRange {
  static constexpr std::uint32_t max_addresses = 4096;

  Address first;
  Address last;

  /// Reads "ADDR", "ADDR-ADDR" or "ADDR/PREFIX". An IPv4 prefix shorter than
  /// 31 leaves out its network and broadcast address.
  static AddressRange parse(std::string_view text);

  [[nodiscard]] std::uint32_t size() const;
  /// "ADDR", or "ADDR-ADDR" of more than one.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const AddressRange&) const = default;
};

/// "MIN-MAX", both 1 to 65535.
struct PortRange {
  std::uint16_t min = 0;
  std::uint16_t max = 0;

  static PortRange parse(std::string_view text);

  bool operator==(const PortRange&) const = default;
};

}  // namespace mgw

#endif
