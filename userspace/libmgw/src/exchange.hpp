// SPDX-License-Identifier: GPL-2.0
/// Takes datagrams apart and reads what the kernel says about a request.
#ifndef MGW_EXCHANGE_HPP
#define MGW_EXCHANGE_HPP

#include <cstdint>
#include <functional>
#include <optional>

#include "message.hpp"
#include "mgw/error.hpp"

namespace mgw {

/// One message of a datagram. A view.
struct Received {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  /// What follows the netlink header.
  ByteView payload;

  /// The rest of a generic netlink message: its command and attributes.
  [[nodiscard]] std::uint8_t command() const;
  [[nodiscard]] ByteView attributes() const;
};

/// Calls `visit` for every message; throws for one that does not fit.
void for_each_message(ByteView datagram,
                      const std::function<void(const Received&)>& visit);

/// What an NLMSG_ERROR or NLMSG_DONE says: nothing when all went well.
std::optional<Error> outcome(const Received& message);

}  // namespace mgw

#endif
