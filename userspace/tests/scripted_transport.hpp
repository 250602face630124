// SPDX-License-Identifier: GPL-2.0
/// A socket whose other end is a list of datagrams.
#ifndef MGW_SCRIPTED_TRANSPORT_HPP
#define MGW_SCRIPTED_TRANSPORT_HPP

#include <deque>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "bytes.hpp"
#include "mgw/error.hpp"
#include "transport.hpp"

namespace mgw_test {

/// What was sent, and what is still to be received.
struct Script {
  std::vector<Bytes> sent;
  std::deque<std::optional<Bytes>> replies;
  std::vector<std::uint32_t> joined;
  /// Groups nobody can join.
  std::set<std::uint32_t> gone;
};

class ScriptedTransport : public mgw::Transport {
 public:
  explicit ScriptedTransport(Script& script) : script_(script) {}

  void send(mgw::ByteView message) override {
    script_.sent.emplace_back(message.begin(), message.end());
  }
  std::optional<mgw::Bytes> receive() override {
    if (script_.replies.empty()) {
      throw std::logic_error("the client reads more than the script has");
    }
    auto reply = std::move(script_.replies.front());
    script_.replies.pop_front();
    return reply;
  }
  void join(std::uint32_t group) override {
    if (script_.gone.count(group) != 0) {
      throw mgw::Error(mgw::ErrorKind::module_missing, "gone");
    }
    script_.joined.push_back(group);
  }
  bool wait(int /*stop_fd*/) override { return !script_.replies.empty(); }

 private:
  Script& script_;
};

}  // namespace mgw_test

#endif
