// SPDX-License-Identifier: GPL-2.0
#include "exchange.hpp"

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "attributes.hpp"

namespace mgw {

namespace {

/// The extended ack after `offset`, if there is one.
std::optional<Attributes> extack(const Received& message, std::size_t offset) {
  if ((message.flags & NLM_F_ACK_TLVS) == 0 ||
      offset > message.payload.size()) {
    return std::nullopt;
  }
  return Attributes(message.payload.subspan(offset));
}

std::optional<std::string> sentence_of(const Attributes& extack) {
  auto sentence = extack.string(NLMSGERR_ATTR_MSG);
  if (sentence && sentence->empty()) {
    return std::nullopt;
  }
  return sentence;
}

/// Where the attributes of an NLMSG_ERROR start: after the request, unless it
/// was left out.
std::size_t extack_offset(const Received& message) {
  constexpr std::size_t header_end = sizeof(nlmsgerr);
  if ((message.flags & NLM_F_CAPPED) != 0 ||
      message.payload.size() < header_end) {
    return header_end;
  }
  nlmsghdr request{};
  std::memcpy(&request, message.payload.subspan(sizeof(int)).data(),
              sizeof(request));
  return sizeof(int) + NLMSG_ALIGN(request.nlmsg_len);
}

Error make_error(int code, const std::optional<std::string>& sentence) {
  if (code == EPERM) {
    return {ErrorKind::permission,
            sentence.value_or("this needs CAP_NET_ADMIN in the network "
                              "namespace: run as root"),
            code};
  }
  if (code == EOPNOTSUPP && !sentence) {
    return {ErrorKind::refused,
            "the module does not know this request: are mgwadm and mgw.ko of "
            "one release?",
            code};
  }
  return {ErrorKind::refused, sentence.value_or(errno_sentence(code)), code};
}

}  // namespace

std::uint8_t Received::command() const {
  if (payload.size() < GENL_HDRLEN) {
    throw_bad_reply("it is shorter than its header");
  }
  return payload[0];
}

ByteView Received::attributes() const {
  if (payload.size() < GENL_HDRLEN) {
    throw_bad_reply("it is shorter than its header");
  }
  return payload.subspan(GENL_HDRLEN);
}

void for_each_message(ByteView datagram,
                      const std::function<void(const Received&)>& visit) {
  while (!datagram.empty()) {
    nlmsghdr header{};
    if (datagram.size() < sizeof(header)) {
      throw_bad_reply("it ends inside a header");
    }
    std::memcpy(&header, datagram.data(), sizeof(header));
    if (header.nlmsg_len < sizeof(header) ||
        header.nlmsg_len > datagram.size()) {
      throw_bad_reply("a message has a wrong length");
    }
    visit(
        {header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq,
         datagram.subspan(sizeof(header), header.nlmsg_len - sizeof(header))});
    const std::size_t padded = NLMSG_ALIGN(std::size_t{header.nlmsg_len});
    datagram = datagram.subspan(std::min(padded, datagram.size()));
  }
}

std::optional<Error> outcome(const Received& message) {
  int code = 0;
  if (message.payload.size() >= sizeof(code)) {
    std::memcpy(&code, message.payload.data(), sizeof(code));
  } else if (message.type == NLMSG_ERROR) {
    throw_bad_reply("an error without its number");
  }
  if (code >= 0) {
    return std::nullopt;
  }
  const std::size_t offset =
      message.type == NLMSG_ERROR ? extack_offset(message) : sizeof(code);
  const auto more = extack(message, offset);
  if (!more) {
    return make_error(-code, std::nullopt);
  }
  return make_error(-code, sentence_of(*more))
      .at(more->u32(NLMSGERR_ATTR_COOKIE));
}

}  // namespace mgw
