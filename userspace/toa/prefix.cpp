// SPDX-License-Identifier: GPL-2.0
#include "prefix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace toa {

namespace {

constexpr std::size_t mapped_size = 12;
constexpr unsigned mapped_bits = 8 * mapped_size;
constexpr std::array<std::uint8_t, mapped_size> mapped = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(std::span<const std::uint8_t> bytes) {
  return std::equal(mapped.begin(), mapped.end(), bytes.begin());
}

/// The first address of the network that has `bits` bits of this one.
mgw::Address network_of(const mgw::Address& addr, unsigned bits) {
  std::vector<std::uint8_t> bytes(addr.bytes().begin(), addr.bytes().end());
  for (unsigned bit = bits; bit < 8 * bytes.size(); bit++) {
    bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  return mgw::Address::from_bytes(bytes).value_or(addr);
}

}  // namespace

Prefix Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto addr = mgw::Address::parse(text.substr(0, slash));
  const unsigned most = addr.is_v6() ? 128 : 32;
  if (slash == std::string_view::npos) {
    return {addr, most};
  }
  if (text.substr(slash) == "/0") {
    throw mgw::ParseError(
        fmt::format("'{}': to believe every source, give --from-any", text));
  }
  Prefix prefix{addr, 0};
  try {
    prefix.bits = static_cast<unsigned>(
        mgw::parse_number(text.substr(slash + 1), 1, most));
  } catch (const mgw::ParseError&) {
    throw mgw::ParseError(fmt::format(
        "'{}': a prefix of this address is a number from 1 to {}", text, most));
  }
  const auto network = network_of(addr, prefix.bits);
  if (network != addr) {
    throw mgw::ParseError(
        fmt::format("'{}' does not start its network: did you mean {}/{}?",
                    text, network.to_string(), prefix.bits));
  }
  return prefix;
}

Prefix Prefix::from_key(const toa_prefix& key) {
  const std::span<const std::uint8_t> bytes(key.addr);
  const bool is_v4 = key.bits >= mapped_bits && is_mapped(bytes);
  const auto addr =
      mgw::Address::from_bytes(is_v4 ? bytes.subspan(mapped_size) : bytes);
  return {addr.value_or(mgw::Address()),
          is_v4 ? key.bits - mapped_bits : key.bits};
}

std::string Prefix::to_string() const {
  return fmt::format("{}/{}", addr.to_string(), bits);
}

toa_prefix Prefix::key() const {
  toa_prefix key{};
  const auto bytes = addr.bytes();
  key.bits = addr.is_v6() ? bits : mapped_bits + bits;
  auto* at = std::begin(key.addr);
  if (!addr.is_v6()) {
    at = std::copy(mapped.begin(), mapped.end(), at);
  }
  std::copy(bytes.begin(), bytes.end(), at);
  return key;
}

mgw::Address unmapped(
    std::span<const std::uint8_t, mgw::Address::v6_size> bytes) {
  const std::span<const std::uint8_t> all(bytes);
  return mgw::Address::from_bytes(is_mapped(all) ? all.subspan(mapped_size)
                                                 : all)
      .value_or(mgw::Address());
}

}  // namespace toa
