// SPDX-License-Identifier: GPL-2.0
#include "arguments.hpp"

namespace mgwadm {

bool Arguments::has(std::string_view option) const {
  return options_.find(option) != options_.end();
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::vector<std::string>{} : found->second;
}

mgw::ServiceKey Arguments::service() const {
  const auto proto = read("tcp|udp|fwmark", word(0), mgw::parse_service_kind);
  const auto family = value("--family", mgw::parse_family);
  if (!proto) {
    return mgw::ServiceKey::by_mark(read("MARK", word(1), mgw::parse_fwmark),
                                    family.value_or(mgw::Family::v4));
  }
  if (family) {
    throw UsageError("--family",
                     "is for services by fwmark: the family of others is that "
                     "of their vaddr");
  }
  return {*proto, read("VADDR:PORT", word(1), mgw::Endpoint::parse)};
}

/// In a service by mark the port may be left out, as none is meant.
mgw::Endpoint Arguments::raddr(bool by_mark) const {
  if (!by_mark) {
    return read("RADDR:PORT", word(2), mgw::Endpoint::parse);
  }
  const auto partial =
      read("RADDR[:PORT]", word(2), mgw::PartialEndpoint::parse);
  return {partial.addr, partial.port.value_or(0)};
}

mgw::RsKey Arguments::rs() const {
  const auto key = service();
  return {key, raddr(key.fwmark.has_value())};
}

}  // namespace mgwadm
