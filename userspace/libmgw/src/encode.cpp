// SPDX-License-Identifier: GPL-2.0
#include <linux/mgw.h>
#include <sys/socket.h>

#include "codec.hpp"

namespace mgw {

namespace {

void put_service_key(Message& msg, const ServiceKey& key) {
  if (key.fwmark) {
    msg.put_u32(MGW_A_SERVICE_FWMARK, *key.fwmark);
    msg.put_u32(MGW_A_SERVICE_FAMILY,
                key.family == Family::v6 ? AF_INET6 : AF_INET);
    return;
  }
  msg.put_u32(MGW_A_SERVICE_PROTO, static_cast<std::uint32_t>(key.proto));
  msg.put_address(MGW_A_SERVICE_VADDR, key.endpoint.addr);
  msg.put_be16(MGW_A_SERVICE_VPORT, key.endpoint.port);
}

void put_rs_key(Message& msg, const RsKey& key) {
  msg.put_address(MGW_A_RS_RADDR, key.endpoint.addr);
  msg.put_be16(MGW_A_RS_RPORT, key.endpoint.port);
}

void put_partial(Message& msg, int addr_type, int port_type,
                 const std::optional<PartialEndpoint>& endpoint) {
  if (!endpoint) {
    return;
  }
  msg.put_address(addr_type, endpoint->addr);
  if (endpoint->port) {
    msg.put_be16(port_type, *endpoint->port);
  }
}

void put_timeouts(Message& msg, const Timeouts& timeouts) {
  if (timeouts.empty()) {
    return;
  }
  msg.put_nest(MGW_A_SERVICE_TIMEOUTS, [&] {
    for (std::size_t state = 0; state < session_state_count; state++) {
      if (const auto seconds = timeouts.seconds.at(state)) {
        msg.put_u32(MGW_A_TIMEOUT_SYN_SENT + static_cast<int>(state), *seconds);
      }
    }
  });
}

}  // namespace

void encode(Message& msg, const ServiceKey& key) {
  msg.put_nest(MGW_A_SERVICE, [&] { put_service_key(msg, key); });
}

void encode(Message& msg, const Service& service) {
  msg.put_nest(MGW_A_SERVICE, [&] {
    put_service_key(msg, service.key);
    if (service.sched) {
      msg.put_string(MGW_A_SERVICE_SCHED, *service.sched);
    }
    if (service.mode) {
      msg.put_u32(MGW_A_SERVICE_MODE,
                  static_cast<std::uint32_t>(*service.mode));
    }
    if (service.pool) {
      msg.put_string(MGW_A_SERVICE_POOL, *service.pool);
    }
    if (service.timestamps) {
      msg.put_u32(MGW_A_SERVICE_TIMESTAMPS,
                  static_cast<std::uint32_t>(*service.timestamps));
    }
    if (service.toa) {
      msg.put_u32(MGW_A_SERVICE_TOA, *service.toa ? MGW_TOA_ON : MGW_TOA_OFF);
    }
    if (service.toa_kind) {
      msg.put_u32(MGW_A_SERVICE_TOA_KIND, *service.toa_kind);
    }
    put_timeouts(msg, service.timeouts);
  });
}

void encode(Message& msg, const RsKey& key) {
  encode(msg, key.service);
  msg.put_nest(MGW_A_RS, [&] { put_rs_key(msg, key); });
}

void encode(Message& msg, const Rs& rs) {
  encode(msg, rs.key.service);
  msg.put_nest(MGW_A_RS, [&] {
    put_rs_key(msg, rs.key);
    if (rs.weight) {
      msg.put_u32(MGW_A_RS_WEIGHT, *rs.weight);
    }
    if (rs.mode) {
      msg.put_u32(MGW_A_RS_MODE, static_cast<std::uint32_t>(*rs.mode));
    }
    if (rs.tunnel) {
      msg.put_u32(MGW_A_RS_TUNNEL, static_cast<std::uint32_t>(*rs.tunnel));
    }
    if (rs.tunnel_port) {
      msg.put_be16(MGW_A_RS_TUNNEL_PORT, *rs.tunnel_port);
    }
    if (rs.tunnel_checksum) {
      msg.put_u32(MGW_A_RS_TUNNEL_CHECKSUM, *rs.tunnel_checksum ? 1 : 0);
    }
  });
}

void encode(Message& msg, const Laddr& laddr) {
  msg.put_nest(MGW_A_LADDR, [&] {
    msg.put_address(MGW_A_LADDR_ADDR, laddr.addr);
    if (laddr.pool) {
      msg.put_string(MGW_A_LADDR_POOL, *laddr.pool);
    }
    if (laddr.home_cpu) {
      msg.put_u32(MGW_A_LADDR_HOME_CPU, *laddr.home_cpu);
    }
    if (laddr.port_min) {
      msg.put_u32(MGW_A_LADDR_PORT_MIN, *laddr.port_min);
    }
    if (laddr.port_max) {
      msg.put_u32(MGW_A_LADDR_PORT_MAX, *laddr.port_max);
    }
    if (laddr.last) {
      msg.put_address(MGW_A_LADDR_LAST, *laddr.last);
    }
  });
}

void encode(Message& msg, const Dev& dev) {
  msg.put_nest(MGW_A_DEV, [&] { msg.put_string(MGW_A_DEV_NAME, dev.name); });
}

void encode(Message& msg, const SessionFilter& filter) {
  if (filter == SessionFilter{}) {
    return;
  }
  msg.put_nest(MGW_A_FILTER, [&] {
    put_partial(msg, MGW_A_FILTER_CADDR, MGW_A_FILTER_CPORT, filter.client);
    if (filter.service) {
      msg.put_u32(MGW_A_FILTER_PROTO,
                  static_cast<std::uint32_t>(filter.service->proto));
      msg.put_address(MGW_A_FILTER_VADDR, filter.service->endpoint.addr);
      msg.put_be16(MGW_A_FILTER_VPORT, filter.service->endpoint.port);
    }
    put_partial(msg, MGW_A_FILTER_LADDR, MGW_A_FILTER_LPORT, filter.laddr);
    put_partial(msg, MGW_A_FILTER_RADDR, MGW_A_FILTER_RPORT, filter.rs);
    if (filter.fwmark) {
      msg.put_u32(MGW_A_FILTER_FWMARK, *filter.fwmark);
    }
    if (filter.limit) {
      msg.put_u32(MGW_A_FILTER_LIMIT, *filter.limit);
    }
  });
}

}  // namespace mgw
