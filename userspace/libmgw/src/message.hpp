// SPDX-License-Identifier: GPL-2.0
/// Builds one generic netlink request.
#ifndef MGW_MESSAGE_HPP
#define MGW_MESSAGE_HPP

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mgw/address.hpp"

struct nl_msg;

namespace mgw {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// A request and its attributes. Numbers are in host byte order unless the
/// name says otherwise, as the ABI wants them.
class Message {
 public:
  Message(std::uint16_t family, std::uint8_t command, std::uint8_t version,
          std::uint16_t flags);

  void put_u32(int type, std::uint32_t value);
  void put_be16(int type, std::uint16_t value);
  void put_string(int type, const std::string& value);
  void put_address(int type, const Address& value);

  /// Everything put by `fill` goes into a nest.
  template <typename Fill>
  void put_nest(int type, Fill&& fill) {
    void* const start = begin_nest(type);
    fill();
    end_nest(start);
  }

  void set_sequence(std::uint32_t sequence);
  /// The message as it goes over the socket.
  [[nodiscard]] ByteView bytes() const;

 private:
  struct Deleter {
    void operator()(nl_msg* msg) const;
  };

  void put(int type, const void* data, std::size_t size);
  void* begin_nest(int type);
  void end_nest(void* start);

  std::unique_ptr<nl_msg, Deleter> msg_;
};

}  // namespace mgw

#endif
