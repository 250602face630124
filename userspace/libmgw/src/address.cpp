// SPDX-License-Identifier: GPL-2.0
#include "mgw/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

namespace mgw {

namespace {

constexpr std::uint64_t port_max = std::numeric_limits<std::uint16_t>::max();

bool looks_like_name(std::string_view text) {
  const bool name_chars = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
  const bool has_letter = std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  return name_chars && has_letter;
}

[[noreturn]] void throw_bad_address(std::string_view text) {
  if (text.empty()) {
    throw ParseError("an address is missing");
  }
  if (looks_like_name(text)) {
    throw ParseError(
        fmt::format("'{}' is no address: host names are not looked up, give "
                    "the numbers (10.0.0.1 or 2001:db8::1)",
                    text));
  }
  if (text.find('%') != std::string_view::npos) {
    throw ParseError(
        fmt::format("'{}': an address with an interface cannot be balanced, "
                    "give one that is routed",
                    text));
  }
  throw ParseError(
      fmt::format("'{}' is no address: write 10.0.0.1 or 2001:db8::1", text));
}

std::uint16_t parse_port(std::string_view text) {
  try {
    return static_cast<std::uint16_t>(parse_number(text, 0, port_max));
  } catch (const ParseError&) {
    throw ParseError(fmt::format(
        "'{}' is no port: give a number from 0 to 65535 (0 = every port)",
        text));
  }
}

/// Splits "10.0.0.1:80" and "[2001:db8::1]:80" at the colon of the port.
std::optional<std::size_t> port_colon(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const bool bracketed = !text.empty() && text.front() == '[';
  if (bracketed) {
    return colon > 0 && text[colon - 1] == ']' ? std::optional{colon}
                                               : std::nullopt;
  }
  /* More than one colon without brackets is an IPv6 address alone. */
  return text.find(':') == colon ? std::optional{colon} : std::nullopt;
}

/// How many addresses lie between two, both included; saturates above the
/// number a range may have.
std::uint64_t distance(const Address& first, const Address& last) {
  std::uint64_t difference = 0;
  const auto a = first.bytes();
  const auto b = last.bytes();
  /* Subtract as numbers of base 256; only the low 32 bits may differ. */
  int borrow = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    int digit = int{b[i]} - int{a[i]} - borrow;
    borrow = digit < 0 ? 1 : 0;
    digit += borrow * 256;
    const std::size_t place = a.size() - 1 - i;
    if (place < 4) {
      difference |= static_cast<std::uint64_t>(digit) << (8 * place);
    } else if (digit != 0) {
      return std::numeric_limits<std::uint64_t>::max();
    }
  }
  return difference + 1;
}

/// A range of `count` addresses.
AddressRange checked(std::string_view text, const Address& first,
                     std::uint64_t count) {
  if (count > AddressRange::max_addresses) {
    throw ParseError(
        fmt::format("range '{}' has more than {} addresses: split it into "
                    "smaller ones",
                    text, AddressRange::max_addresses));
  }
  /* A checked range does not leave its family. */
  const auto steps = static_cast<std::uint32_t>(count - 1);
  return {first, first.plus(steps).value_or(first)};
}

AddressRange parse_prefix(std::string_view text, std::size_t slash) {
  const Address addr = Address::parse(text.substr(0, slash));
  const unsigned bits = addr.is_v6() ? 128 : 32;
  unsigned prefix = 0;
  try {
    prefix =
        static_cast<unsigned>(parse_number(text.substr(slash + 1), 0, bits));
  } catch (const ParseError&) {
    throw ParseError(fmt::format(
        "'{}': a prefix of this address is a number from 0 to {}", text, bits));
  }
  const auto bytes = addr.bytes();
  std::vector<std::uint8_t> base(bytes.begin(), bytes.end());
  for (unsigned bit = prefix; bit < bits; bit++) {
    base[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  const Address network = Address::from_bytes(base).value_or(addr);
  if (network != addr) {
    throw ParseError(
        fmt::format("'{}' does not start its network: did you mean {}/{}?",
                    text, network.to_string(), prefix));
  }
  const unsigned host_bits = bits - prefix;
  const std::uint64_t size = host_bits > 32
                                 ? std::numeric_limits<std::uint64_t>::max()
                                 : std::uint64_t{1} << host_bits;
  const bool skips_ends = !addr.is_v6() && prefix < 31;
  if (!skips_ends) {
    return checked(text, addr, size);
  }
  return checked(text, addr.plus(1).value_or(addr), size - 2);
}

}  // namespace

std::uint64_t parse_number(std::string_view text, std::uint64_t min,
                           std::uint64_t max) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (text.empty() || result.ec != std::errc{} || result.ptr != end ||
      value < min || value > max) {
    throw ParseError(fmt::format(
        "'{}' is out of range: give a number from {} to {}", text, min, max));
  }
  return value;
}

Address Address::parse(std::string_view text) {
  std::string bare(text);
  const bool bracketed =
      text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) {
    bare = text.substr(1, text.size() - 2);
  }
  /* A NUL would end the word early for inet_pton(). */
  if (bare.find('\0') != std::string::npos) {
    throw_bad_address(text);
  }
  Address addr;
  if (!bracketed && inet_pton(AF_INET, bare.c_str(), addr.bytes_.data()) == 1) {
    return addr;
  }
  addr.bytes_ = {};
  if (inet_pton(AF_INET6, bare.c_str(), addr.bytes_.data()) == 1) {
    addr.family_ = Family::v6;
    return addr;
  }
  throw_bad_address(text);
}

std::optional<Address> Address::from_bytes(
    std::span<const std::uint8_t> bytes) {
  if (bytes.size() != v4_size && bytes.size() != v6_size) {
    return std::nullopt;
  }
  Address addr;
  addr.family_ = bytes.size() == v6_size ? Family::v6 : Family::v4;
  std::copy(bytes.begin(), bytes.end(), addr.bytes_.begin());
  return addr;
}

std::span<const std::uint8_t> Address::bytes() const {
  return std::span(bytes_).first(is_v6() ? v6_size : v4_size);
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v6() ? AF_INET6 : AF_INET, bytes_.data(), text.data(),
            text.size());
  return text.data();
}

std::optional<Address> Address::plus(std::uint32_t step) const {
  Address result = *this;
  std::uint64_t carry = step;
  for (std::size_t i = bytes().size(); i-- > 0 && carry != 0;) {
    carry += result.bytes_[i];
    result.bytes_[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
  return carry == 0 ? std::optional{result} : std::nullopt;
}

Endpoint Endpoint::parse(std::string_view text) {
  const auto colon = port_colon(text);
  if (!colon) {
    const bool bare_v6 = !text.empty() && text.front() != '[' &&
                         std::count(text.begin(), text.end(), ':') > 1;
    if (bare_v6) {
      throw ParseError(
          fmt::format("'{}': write an IPv6 address with its port as "
                      "[ADDR]:PORT",
                      text));
    }
    const Address addr = Address::parse(text);
    throw ParseError(fmt::format(
        "'{}' has no port: write {}:PORT (0 = every port)", text,
        addr.is_v6() ? "[" + addr.to_string() + "]" : addr.to_string()));
  }
  const auto addr_text = text.substr(0, *colon);
  if (addr_text.empty()) {
    throw ParseError(fmt::format("'{}' has no address: write ADDR:PORT", text));
  }
  return {Address::parse(addr_text), parse_port(text.substr(*colon + 1))};
}

std::string Endpoint::to_string() const {
  return addr.is_v6() ? fmt::format("[{}]:{}", addr.to_string(), port)
                      : fmt::format("{}:{}", addr.to_string(), port);
}

PartialEndpoint PartialEndpoint::parse(std::string_view text) {
  if (!port_colon(text)) {
    return {Address::parse(text), std::nullopt};
  }
  const auto endpoint = Endpoint::parse(text);
  return {endpoint.addr, endpoint.port};
}

std::string PartialEndpoint::to_string() const {
  return port ? Endpoint{addr, *port}.to_string() : addr.to_string();
}

AddressRange AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    return parse_prefix(text, slash);
  }
  const auto dash = text.find('-');
  /* A host name may have a dash; the address parser has the better words. */
  if (dash == std::string_view::npos || looks_like_name(text)) {
    const auto addr = Address::parse(text);
    return {addr, addr};
  }
  const auto first = Address::parse(text.substr(0, dash));
  const auto last = Address::parse(text.substr(dash + 1));
  if (first.family() != last.family()) {
    throw ParseError(fmt::format(
        "range '{}' mixes IPv4 and IPv6: give both ends of one family", text));
  }
  if (last < first) {
    throw ParseError(
        fmt::format("range '{}' ends before it starts: did you mean {}-{}?",
                    text, last.to_string(), first.to_string()));
  }
  return checked(text, first, distance(first, last));
}

std::uint32_t AddressRange::size() const {
  return static_cast<std::uint32_t>(distance(first, last));
}

std::string AddressRange::to_string() const {
  return first == last
             ? first.to_string()
             : fmt::format("{}-{}", first.to_string(), last.to_string());
}

PortRange PortRange::parse(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) {
    throw ParseError(fmt::format(
        "'{}' is no range of ports: write MIN-MAX, such as 1024-65535", text));
  }
  PortRange range;
  try {
    range.min = static_cast<std::uint16_t>(
        parse_number(text.substr(0, dash), 1, port_max));
    range.max = static_cast<std::uint16_t>(
        parse_number(text.substr(dash + 1), 1, port_max));
  } catch (const ParseError&) {
    throw ParseError(fmt::format(
        "'{}' is no range of ports: both ends are numbers from 1 to 65535",
        text));
  }
  if (range.max < range.min) {
    throw ParseError(
        fmt::format("'{}' ends before it starts: did you mean {}-{}?", text,
                    range.max, range.min));
  }
  return range;
}

}  // namespace mgw
