// SPDX-License-Identifier: GPL-2.0
/// Between value types and attributes. Knows the ABI, no socket.
#ifndef MGW_CODEC_HPP
#define MGW_CODEC_HPP

#include <cstdint>
#include <string_view>

#include "attributes.hpp"
#include "message.hpp"
#include "mgw/dev.hpp"
#include "mgw/event.hpp"
#include "mgw/info.hpp"
#include "mgw/laddr.hpp"
#include "mgw/service.hpp"
#include "mgw/session.hpp"
#include "mgw/stats.hpp"

namespace mgw {

/// What the operator may set; what only the kernel says is left out.
void encode(Message& msg, const Service& service);
void encode(Message& msg, const ServiceKey& key);
void encode(Message& msg, const Rs& rs);
void encode(Message& msg, const RsKey& key);
void encode(Message& msg, const Laddr& laddr);
void encode(Message& msg, const Dev& dev);
void encode(Message& msg, const SessionFilter& filter);

/// From the top level of a reply.
Info decode_info(const Attributes& top);
Service decode_service(const Attributes& top);
Rs decode_rs(const Attributes& top);
Laddr decode_laddr(const Attributes& top);
Dev decode_dev(const Attributes& top);
Session decode_session(const Attributes& top);
CpuCounters decode_counters(const Attributes& top);
std::uint64_t decode_count(const Attributes& top);
Event decode_event(std::uint8_t command, const Attributes& top);

}  // namespace mgw

#endif
