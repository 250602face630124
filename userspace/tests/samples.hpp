// SPDX-License-Identifier: GPL-2.0
/// Objects as a kernel would tell them.
#ifndef MGW_TEST_SAMPLES_HPP
#define MGW_TEST_SAMPLES_HPP

#include "mgw/service.hpp"
#include "mgw/session.hpp"

namespace mgw_test {

inline mgw::ServiceKey service_key(mgw::Proto proto, const char* endpoint) {
  return {proto, mgw::Endpoint::parse(endpoint)};
}

inline mgw::Service make_service(const mgw::ServiceKey& key) {
  mgw::Service service;
  service.key = key;
  service.sched = "wlc";
  service.mode = mgw::Mode::fullnat;
  service.pool = "default";
  service.timestamps = mgw::Timestamps::strip;
  service.timeouts.seconds = {5, 10, 900, 30, 30, 120, 10, 30, 180};
  service.rs_count = 2;
  service.sessions = 12;
  service.traffic = mgw::Traffic{88, 1000, 64000, 900, 1200000};
  return service;
}

inline mgw::Rs make_rs(const mgw::ServiceKey& service, const char* endpoint,
                       std::uint32_t weight) {
  mgw::Rs rs;
  rs.key = {service, mgw::Endpoint::parse(endpoint)};
  rs.weight = weight;
  rs.mode = mgw::Mode::fullnat;
  rs.sessions = 6;
  rs.traffic = mgw::Traffic{44, 500, 32000, 450, 600000};
  return rs;
}

inline mgw::Session make_session(const char* client) {
  mgw::Session session;
  session.client = mgw::Endpoint::parse(client);
  session.service = mgw::Endpoint::parse("10.9.0.1:80");
  session.laddr = mgw::Endpoint::parse("10.9.2.1:1024");
  session.rs = mgw::Endpoint::parse("10.9.1.2:8080");
  session.state = mgw::SessionState::established;
  session.cpu = 3;
  session.expires = 890;
  session.traffic = mgw::Traffic{std::nullopt, 10, 1000, 9, 12000};
  return session;
}

}  // namespace mgw_test

#endif
