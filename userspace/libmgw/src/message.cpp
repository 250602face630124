// SPDX-License-Identifier: GPL-2.0
#include "message.hpp"

#include <arpa/inet.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <new>

namespace mgw {

void Message::Deleter::operator()(nl_msg* msg) const { nlmsg_free(msg); }

Message::Message(std::uint16_t family, std::uint8_t command,
                 std::uint8_t version, std::uint16_t flags)
    : msg_(nlmsg_alloc()) {
  if (!msg_ ||
      genlmsg_put(msg_.get(), 0, 0, family, 0, NLM_F_REQUEST | int{flags},
                  command, version) == nullptr) {
    throw std::bad_alloc();
  }
}

void Message::put(int type, const void* data, std::size_t size) {
  if (nla_put(msg_.get(), type, static_cast<int>(size), data) < 0) {
    throw std::bad_alloc();
  }
}

void Message::put_u32(int type, std::uint32_t value) {
  put(type, &value, sizeof(value));
}

void Message::put_be16(int type, std::uint16_t value) {
  const std::uint16_t wire = htons(value);
  put(type, &wire, sizeof(wire));
}

void Message::put_string(int type, const std::string& value) {
  put(type, value.c_str(), value.size() + 1);
}

void Message::put_address(int type, const Address& value) {
  const auto bytes = value.bytes();
  put(type, bytes.data(), bytes.size());
}

void* Message::begin_nest(int type) {
  void* const start = nla_nest_start(msg_.get(), type | NLA_F_NESTED);
  if (start == nullptr) {
    throw std::bad_alloc();
  }
  return start;
}

void Message::end_nest(void* start) {
  /* nla_nest_end() would drop a nest without content. */
  nla_nest_end_keep_empty(msg_.get(), static_cast<nlattr*>(start));
}

void Message::set_sequence(std::uint32_t sequence) {
  nlmsg_hdr(msg_.get())->nlmsg_seq = sequence;
}

ByteView Message::bytes() const {
  const nlmsghdr* const header = nlmsg_hdr(msg_.get());
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(header)),
          header->nlmsg_len};
}

}  // namespace mgw
