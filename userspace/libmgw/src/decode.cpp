// SPDX-License-Identifier: GPL-2.0
#include <linux/mgw.h>
#include <sys/socket.h>

#include <array>

#include "codec.hpp"

namespace mgw {

namespace {

static_assert(MGW_A_TIMEOUT_MAX == session_state_count,
              "a timeout for every state, in their order");

Attributes object(const Attributes& top, int type, const char* name) {
  return require(top.nest(type), name);
}

std::optional<Mode> decode_mode(std::optional<std::uint32_t> value) {
  return value ? std::optional{static_cast<Mode>(*value)} : std::nullopt;
}

Traffic decode_traffic(const Attributes& nest) {
  Traffic traffic;
  traffic.sessions_total = nest.u64(MGW_A_TRAFFIC_SESSIONS_TOTAL);
  traffic.packets_from_client =
      nest.u64(MGW_A_TRAFFIC_PACKETS_FROM_CLIENT).value_or(0);
  traffic.bytes_from_client =
      nest.u64(MGW_A_TRAFFIC_BYTES_FROM_CLIENT).value_or(0);
  traffic.packets_from_rs = nest.u64(MGW_A_TRAFFIC_PACKETS_FROM_RS).value_or(0);
  traffic.bytes_from_rs = nest.u64(MGW_A_TRAFFIC_BYTES_FROM_RS).value_or(0);
  return traffic;
}

std::optional<Traffic> traffic_of(const Attributes& nest, int type) {
  const auto inner = nest.nest(type);
  return inner ? std::optional{decode_traffic(*inner)} : std::nullopt;
}

ServiceKey service_key(const Attributes& nest) {
  if (const auto mark = nest.u32(MGW_A_SERVICE_FWMARK)) {
    const auto family =
        require(nest.u32(MGW_A_SERVICE_FAMILY), "a service's family");
    return ServiceKey::by_mark(*mark,
                               family == AF_INET6 ? Family::v6 : Family::v4);
  }
  return {static_cast<Proto>(
              require(nest.u32(MGW_A_SERVICE_PROTO), "a service's proto")),
          {require(nest.address(MGW_A_SERVICE_VADDR), "a service's vaddr"),
           require(nest.be16(MGW_A_SERVICE_VPORT), "a service's vport")}};
}

Timeouts decode_timeouts(const Attributes& nest) {
  Timeouts timeouts;
  for (std::size_t state = 0; state < session_state_count; state++) {
    timeouts.seconds.at(state) =
        nest.u32(MGW_A_TIMEOUT_SYN_SENT + static_cast<int>(state));
  }
  return timeouts;
}

Endpoint session_endpoint(const Attributes& nest, int addr_type, int port_type,
                          const char* name) {
  return {require(nest.address(addr_type), name),
          require(nest.be16(port_type), name)};
}

std::optional<PartialEndpoint> partial(const Attributes& nest, int addr_type,
                                       int port_type) {
  const auto addr = nest.address(addr_type);
  if (!addr) {
    return std::nullopt;
  }
  return PartialEndpoint{*addr, nest.be16(port_type)};
}

SessionFilter decode_filter(const Attributes& nest) {
  SessionFilter filter;
  filter.client = partial(nest, MGW_A_FILTER_CADDR, MGW_A_FILTER_CPORT);
  filter.laddr = partial(nest, MGW_A_FILTER_LADDR, MGW_A_FILTER_LPORT);
  filter.rs = partial(nest, MGW_A_FILTER_RADDR, MGW_A_FILTER_RPORT);
  const auto vaddr = nest.address(MGW_A_FILTER_VADDR);
  const auto proto = nest.u32(MGW_A_FILTER_PROTO);
  if (vaddr && proto) {
    filter.service =
        ServiceKey{static_cast<Proto>(*proto),
                   {*vaddr, nest.be16(MGW_A_FILTER_VPORT).value_or(0)}};
  }
  filter.fwmark = nest.u32(MGW_A_FILTER_FWMARK);
  return filter;
}

/// The words of the commands that are also events, by their numbers.
constexpr auto event_names = [] {
  std::array<std::string_view, MGW_CMD_MAX + 1> names{};
  names[MGW_CMD_SERVICE_ADD] = "service_add";
  names[MGW_CMD_SERVICE_SET] = "service_set";
  names[MGW_CMD_SERVICE_DEL] = "service_del";
  names[MGW_CMD_RS_ADD] = "rs_add";
  names[MGW_CMD_RS_SET] = "rs_set";
  names[MGW_CMD_RS_DEL] = "rs_del";
  names[MGW_CMD_LADDR_ADD] = "laddr_add";
  names[MGW_CMD_LADDR_DEL] = "laddr_del";
  names[MGW_CMD_SESSION_FLUSH] = "session_flush";
  names[MGW_CMD_STATS_ZERO] = "stats_zero";
  names[MGW_CMD_LADDR_EXHAUSTED] = "laddr_exhausted";
  names[MGW_CMD_DEV_ATTACH] = "dev_attach";
  names[MGW_CMD_DEV_DETACH] = "dev_detach";
  return names;
}();

std::string event_name(std::uint8_t command) {
  if (command < event_names.size() && !event_names.at(command).empty()) {
    return std::string(event_names.at(command));
  }
  return "event_" + std::to_string(command);
}

}  // namespace

Info decode_info(const Attributes& top) {
  const auto nest = object(top, MGW_A_INFO, "the info");
  Info info;
  info.version = require(nest.string(MGW_A_INFO_VERSION), "its version");
  info.session_size = nest.u32(MGW_A_INFO_SESSION_SIZE).value_or(0);
  info.director_slots = nest.u32(MGW_A_INFO_DIRECTOR_SLOTS).value_or(0);
  info.session_limit = nest.u64(MGW_A_INFO_SESSION_LIMIT).value_or(0);
  return info;
}

Service decode_service(const Attributes& top) {
  const auto nest = object(top, MGW_A_SERVICE, "a service");
  Service service;
  service.key = service_key(nest);
  service.sched = nest.string(MGW_A_SERVICE_SCHED);
  service.mode = decode_mode(nest.u32(MGW_A_SERVICE_MODE));
  service.pool = nest.string(MGW_A_SERVICE_POOL);
  if (const auto value = nest.u32(MGW_A_SERVICE_TIMESTAMPS)) {
    service.timestamps = static_cast<Timestamps>(*value);
  }
  if (const auto value = nest.u32(MGW_A_SERVICE_TOA)) {
    service.toa = *value != MGW_TOA_OFF;
  }
  service.toa_kind = nest.u32(MGW_A_SERVICE_TOA_KIND);
  if (const auto timeouts = nest.nest(MGW_A_SERVICE_TIMEOUTS)) {
    service.timeouts = decode_timeouts(*timeouts);
  }
  service.rs_count = nest.u32(MGW_A_SERVICE_RS_COUNT);
  service.sessions = nest.u64(MGW_A_SERVICE_SESSIONS);
  service.traffic = traffic_of(nest, MGW_A_SERVICE_TRAFFIC);
  return service;
}

Rs decode_rs(const Attributes& top) {
  const auto nest = object(top, MGW_A_RS, "an rs");
  Rs rs;
  rs.key.service =
      service_key(object(top, MGW_A_SERVICE, "the service of an rs"));
  rs.key.endpoint = {require(nest.address(MGW_A_RS_RADDR), "an rs's raddr"),
                     require(nest.be16(MGW_A_RS_RPORT), "an rs's rport")};
  rs.weight = nest.u32(MGW_A_RS_WEIGHT);
  rs.mode = decode_mode(nest.u32(MGW_A_RS_MODE));
  if (const auto value = nest.u32(MGW_A_RS_TUNNEL)) {
    rs.tunnel = static_cast<Tunnel>(*value);
  }
  rs.tunnel_port = nest.be16(MGW_A_RS_TUNNEL_PORT);
  if (const auto value = nest.u32(MGW_A_RS_TUNNEL_CHECKSUM)) {
    rs.tunnel_checksum = *value != 0;
  }
  rs.sessions = nest.u64(MGW_A_RS_SESSIONS);
  rs.traffic = traffic_of(nest, MGW_A_RS_TRAFFIC);
  return rs;
}

Laddr decode_laddr(const Attributes& top) {
  const auto nest = object(top, MGW_A_LADDR, "a laddr");
  Laddr laddr;
  laddr.addr = require(nest.address(MGW_A_LADDR_ADDR), "a laddr's addr");
  laddr.pool = nest.string(MGW_A_LADDR_POOL);
  laddr.home_cpu = nest.u32(MGW_A_LADDR_HOME_CPU);
  laddr.cpu = nest.u32(MGW_A_LADDR_CPU);
  laddr.port_min = nest.u32(MGW_A_LADDR_PORT_MIN);
  laddr.port_max = nest.u32(MGW_A_LADDR_PORT_MAX);
  laddr.sessions = nest.u64(MGW_A_LADDR_SESSIONS);
  laddr.exhausted = nest.u64(MGW_A_LADDR_EXHAUSTED);
  laddr.draining = nest.has(MGW_A_LADDR_DRAINING);
  return laddr;
}

Dev decode_dev(const Attributes& top) {
  const auto nest = object(top, MGW_A_DEV, "a device");
  return {require(nest.string(MGW_A_DEV_NAME), "a device's name"),
          nest.u32(MGW_A_DEV_IFINDEX)};
}

Session decode_session(const Attributes& top) {
  const auto nest = object(top, MGW_A_SESSION, "a session");
  Session session;
  session.proto = static_cast<Proto>(
      require(nest.u32(MGW_A_SESSION_PROTO), "a session's proto"));
  session.client = session_endpoint(nest, MGW_A_SESSION_CADDR,
                                    MGW_A_SESSION_CPORT, "a session's client");
  session.service = session_endpoint(
      nest, MGW_A_SESSION_VADDR, MGW_A_SESSION_VPORT, "a session's service");
  session.laddr = session_endpoint(nest, MGW_A_SESSION_LADDR,
                                   MGW_A_SESSION_LPORT, "a session's laddr");
  session.rs = session_endpoint(nest, MGW_A_SESSION_RADDR, MGW_A_SESSION_RPORT,
                                "a session's rs");
  session.state = static_cast<SessionState>(
      require(nest.u32(MGW_A_SESSION_STATE), "a session's state"));
  session.mode =
      decode_mode(nest.u32(MGW_A_SESSION_MODE)).value_or(Mode::fullnat);
  session.cpu = nest.u32(MGW_A_SESSION_CPU).value_or(0);
  session.expires = nest.u32(MGW_A_SESSION_EXPIRES).value_or(0);
  session.traffic = traffic_of(nest, MGW_A_SESSION_TRAFFIC);
  return session;
}

CpuCounters decode_counters(const Attributes& top) {
  CpuCounters counters;
  counters.cpu = require(top.u32(MGW_A_CPU), "the CPU of counters");
  const auto nest = object(top, MGW_A_COUNTERS, "counters");
  for (std::size_t i = 0; i < counters.values.size(); i++) {
    counters.values[i] = nest.u64(static_cast<int>(i) + 1).value_or(0);
  }
  return counters;
}

std::uint64_t decode_count(const Attributes& top) {
  return require(top.u64(MGW_A_COUNT), "a count");
}

Event decode_event(std::uint8_t command, const Attributes& top) {
  Event event;
  event.name = event_name(command);
  if (top.has(MGW_A_RS) && top.has(MGW_A_SERVICE)) {
    event.rs = decode_rs(top);
  } else if (top.has(MGW_A_SERVICE)) {
    event.service = decode_service(top);
  }
  if (top.has(MGW_A_LADDR)) {
    event.laddr = decode_laddr(top);
  }
  if (top.has(MGW_A_DEV)) {
    event.dev = decode_dev(top);
  }
  if (const auto filter = top.nest(MGW_A_FILTER)) {
    event.filter = decode_filter(*filter);
  }
  event.count = top.u64(MGW_A_COUNT);
  return event;
}

}  // namespace mgw
