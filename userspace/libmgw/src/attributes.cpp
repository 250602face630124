// SPDX-License-Identifier: GPL-2.0
#include "attributes.hpp"

#include <fmt/format.h>
#include <linux/netlink.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "mgw/error.hpp"

namespace mgw {

namespace {

constexpr std::size_t header_size = 4;

template <typename T>
T read(ByteView bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.subspan(offset, sizeof(T)).data(), sizeof(T));
  return value;
}

}  // namespace

void throw_bad_reply(const std::string& detail) {
  throw Error(
      ErrorKind::protocol,
      fmt::format("the module's answer cannot be read: {}; are mgwadm and "
                  "mgw.ko of one release?",
                  detail));
}

Attributes::Attributes(ByteView bytes) {
  constexpr std::size_t usual_count = 16;
  attributes_.reserve(usual_count);
  while (!bytes.empty()) {
    if (bytes.size() < header_size) {
      throw_bad_reply("it ends inside an attribute");
    }
    const std::size_t size = read<std::uint16_t>(bytes, 0);
    const int type = read<std::uint16_t>(bytes, 2) & NLA_TYPE_MASK;
    if (size < header_size || size > bytes.size()) {
      throw_bad_reply(
          fmt::format("attribute {} has a wrong length of {}", type, size));
    }
    attributes_.emplace_back(type,
                             bytes.subspan(header_size, size - header_size));
    /* The last one need not be padded. */
    const std::size_t padded =
        (size + NLA_ALIGNTO - 1) / NLA_ALIGNTO * NLA_ALIGNTO;
    bytes = bytes.subspan(std::min(padded, bytes.size()));
  }
}

std::optional<ByteView> Attributes::find(int type) const {
  /* Of several the last counts, as in the kernel. */
  const auto found =
      std::find_if(attributes_.rbegin(), attributes_.rend(),
                   [type](const auto& entry) { return entry.first == type; });
  if (found == attributes_.rend()) {
    return std::nullopt;
  }
  return found->second;
}

template <typename T>
std::optional<T> Attributes::scalar(int type) const {
  const auto bytes = find(type);
  if (!bytes) {
    return std::nullopt;
  }
  if (bytes->size() != sizeof(T)) {
    throw_bad_reply(fmt::format("attribute {} has {} bytes instead of {}", type,
                                bytes->size(), sizeof(T)));
  }
  return read<T>(*bytes, 0);
}

bool Attributes::has(int type) const { return find(type).has_value(); }

std::optional<std::uint16_t> Attributes::u16(int type) const {
  return scalar<std::uint16_t>(type);
}

std::optional<std::uint32_t> Attributes::u32(int type) const {
  return scalar<std::uint32_t>(type);
}

std::optional<std::uint64_t> Attributes::u64(int type) const {
  return scalar<std::uint64_t>(type);
}

std::optional<std::uint16_t> Attributes::be16(int type) const {
  auto value = scalar<std::uint16_t>(type);
  if (value && std::endian::native == std::endian::little) {
    value = static_cast<std::uint16_t>(*value << 8U | *value >> 8U);
  }
  return value;
}

std::optional<std::string> Attributes::string(int type) const {
  const auto bytes = find(type);
  if (!bytes) {
    return std::nullopt;
  }
  const auto end = std::find(bytes->begin(), bytes->end(), 0);
  return std::string(bytes->begin(), end);
}

std::optional<Address> Attributes::address(int type) const {
  const auto bytes = find(type);
  if (!bytes) {
    return std::nullopt;
  }
  const auto addr = Address::from_bytes(*bytes);
  if (!addr) {
    throw_bad_reply(fmt::format("an address of {} bytes in attribute {}",
                                bytes->size(), type));
  }
  return addr;
}

std::optional<Attributes> Attributes::nest(int type) const {
  const auto bytes = find(type);
  if (!bytes) {
    return std::nullopt;
  }
  return Attributes(*bytes);
}

std::vector<Attributes> Attributes::nests() const {
  std::vector<Attributes> nests;
  nests.reserve(attributes_.size());
  for (const auto& [type, bytes] : attributes_) {
    nests.emplace_back(bytes);
  }
  return nests;
}

}  // namespace mgw
