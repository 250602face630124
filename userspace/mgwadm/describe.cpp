// SPDX-License-Identifier: GPL-2.0
#include "describe.hpp"

namespace mgwadm {

namespace {

template <typename Word>
std::optional<std::string> text_of(const std::optional<Word>& word) {
  return word ? std::optional{to_string(*word)} : std::nullopt;
}

void describe_traffic(Output& output,
                      const std::optional<mgw::Traffic>& traffic, Shown shown) {
  if (!traffic) {
    return;
  }
  output.number("sessions_total", traffic->sessions_total);
  output.new_line();
  output.number("packets_from_client", traffic->packets_from_client, shown);
  output.number("bytes_from_client", traffic->bytes_from_client, shown);
  output.number("packets_from_rs", traffic->packets_from_rs, shown);
  output.number("bytes_from_rs", traffic->bytes_from_rs, shown);
}

void describe_tunnel(Output& output, const mgw::Rs& rs) {
  output.word("tunnel", text_of(rs.tunnel), Shown::in_detail);
  output.number("tunnel_port", rs.tunnel_port, Shown::in_detail);
  output.boolean("tunnel_checksum", rs.tunnel_checksum, Shown::in_detail);
}

void describe_filter(Output& output, const mgw::SessionFilter& filter) {
  if (filter.client) {
    output.endpoint('c', "client", *filter.client);
  }
  if (filter.service) {
    output.service_key(*filter.service, "service");
  }
  output.number("fwmark", filter.fwmark);
  if (filter.laddr) {
    output.endpoint('l', "laddr", *filter.laddr);
  }
  if (filter.rs) {
    output.endpoint('r', "rs", *filter.rs);
  }
}

}  // namespace

void describe(Output& output, const mgw::Service& service) {
  output.service_key(service.key);
  output.word("sched", service.sched);
  output.word("mode", text_of(service.mode));
  output.word("pool", service.pool);
  output.word("timestamps", text_of(service.timestamps));
  output.boolean("toa", service.toa, Shown::always);
  output.number("toa_kind", service.toa_kind, Shown::in_detail);
  output.timeouts(service.timeouts);
  output.new_line();
  output.number("rs_count", service.rs_count);
  output.number("sessions", service.sessions);
  describe_traffic(output, service.traffic, Shown::in_detail);
}

void describe_inner(Output& output, const mgw::Rs& rs) {
  output.endpoint('r', "rs", rs.key.endpoint);
  output.number("weight", rs.weight);
  output.word("mode", text_of(rs.mode));
  describe_tunnel(output, rs);
  output.number("sessions", rs.sessions);
  describe_traffic(output, rs.traffic, Shown::in_detail);
}

void describe(Output& output, const mgw::Rs& rs) {
  output.service_key(rs.key.service);
  output.endpoint('r', "", rs.key.endpoint);
  output.number("weight", rs.weight);
  output.word("mode", text_of(rs.mode));
  describe_tunnel(output, rs);
  output.new_line();
  output.number("sessions", rs.sessions);
  describe_traffic(output, rs.traffic, Shown::in_detail);
}

void describe(Output& output, const mgw::Laddr& laddr) {
  output.address("laddr", "laddr", laddr.addr);
  output.word("pool", laddr.pool);
  /* A notification may have the key alone. */
  if (laddr.cpu) {
    output.number_or_none("home_cpu", laddr.home_cpu);
  }
  output.number("cpu", laddr.cpu);
  output.ports(laddr.port_min, laddr.port_max);
  output.number("sessions", laddr.sessions);
  output.number("exhausted", laddr.exhausted);
  output.flag("draining", laddr.draining);
}

void describe(Output& output, const mgw::Dev& dev) {
  output.word("ifname", dev.name);
  output.number("ifindex", dev.ifindex);
}

void describe(Output& output, const mgw::Session& session) {
  output.proto(session.proto);
  output.endpoint('c', "client", session.client);
  output.endpoint('v', "service", session.service);
  output.new_line();
  output.endpoint('l', "laddr", session.laddr);
  output.endpoint('r', "rs", session.rs);
  output.new_line();
  output.word("state", to_string(session.state));
  output.word("mode", to_string(session.mode));
  output.number("cpu", session.cpu);
  output.number("expires", session.expires);
  describe_traffic(output, session.traffic, Shown::always);
}

void describe(Output& output, const mgw::Event& event) {
  output.word("event", event.name, Shown::never);
  if (event.service) {
    describe(output, *event.service);
  }
  if (event.rs) {
    describe(output, *event.rs);
  }
  if (event.laddr) {
    describe(output, *event.laddr);
  }
  if (event.dev) {
    describe(output, *event.dev);
  }
  if (event.filter) {
    describe_filter(output, *event.filter);
  }
  output.number("count", event.count);
}

}  // namespace mgwadm
