// SPDX-License-Identifier: GPL-2.0
/// The socket, behind an interface so that the client can be tried without a
/// kernel.
#ifndef MGW_TRANSPORT_HPP
#define MGW_TRANSPORT_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "message.hpp"

namespace mgw {

class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  Transport(Transport&&) = delete;
  Transport& operator=(Transport&&) = delete;
  virtual ~Transport() = default;

  virtual void send(ByteView message) = 0;
  /// One datagram of one or more messages; none = the kernel had to drop some
  /// because nobody read them.
  virtual std::optional<Bytes> receive() = 0;
  virtual void join(std::uint32_t group) = 0;
  /// Waits for a datagram; false when `stop_fd` became readable first.
  virtual bool wait(int stop_fd) = 0;
};

/// A generic netlink socket of the namespace the thread is in.
std::unique_ptr<Transport> open_netlink();

/// Moves the calling thread into a namespace: a name under /run/netns, or a
/// path.
void enter_netns(const std::string& netns);

}  // namespace mgw

#endif
