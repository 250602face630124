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
  return {read("tcp|udp", word(0), mgw::parse_proto),
          read("VADDR:PORT", word(1), mgw::Endpoint::parse)};
}

mgw::RsKey Arguments::rs() const {
  return {service(), read("RADDR:PORT", word(2), mgw::Endpoint::parse)};
}

}  // namespace mgwadm
