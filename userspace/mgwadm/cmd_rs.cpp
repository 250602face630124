// SPDX-License-Identifier: GPL-2.0
/// rs add, set, del, show
#include <algorithm>

#include "command.hpp"
#include "describe.hpp"

namespace mgwadm {

namespace {

mgw::Rs read_rs(const Arguments& args) {
  mgw::Rs rs;
  rs.key = args.rs();
  rs.weight = args.value("--weight", [](std::string_view text) {
    return static_cast<std::uint32_t>(
        mgw::parse_number(text, 0, mgw::weight_max));
  });
  rs.mode = args.value("--mode", mgw::parse_mode);
  rs.tunnel = args.value("--tunnel", mgw::parse_tunnel);
  rs.tunnel_port = args.value("--tunnel-port", [](std::string_view text) {
    return static_cast<std::uint16_t>(mgw::parse_number(text, 1, 65535));
  });
  rs.tunnel_checksum = args.value("--tunnel-checksum", mgw::parse_switch);
  return rs;
}

void add_rs(Context& context, const Arguments& args) {
  const auto rs = read_rs(args);
  context.client().add_rs(rs);
}

void set_rs(Context& context, const Arguments& args) {
  const auto rs = read_rs(args);
  if (args.setting_count() == 0) {
    throw UsageError(
        "rs set",
        "nothing to set: give at least one option, such as --weight 0");
  }
  context.client().set_rs(rs);
}

void del_rs(Context& context, const Arguments& args) {
  const auto key = args.rs();
  context.client().del_rs(key);
}

mgw::Listing<mgw::Rs> find(Context& context, const Arguments& args) {
  if (args.count() == 0) {
    return context.client().list_rs(std::nullopt);
  }
  if (args.count() == 3) {
    const auto key = args.rs();
    return {{context.client().get_rs(key)}};
  }
  const auto service = args.service();
  /* A service that is not there is refused, not shown as one without rs. */
  context.client().get_service(service);
  return context.client().list_rs(service);
}

void show_rs(Context& context, const Arguments& args) {
  auto all = find(context, args);
  std::sort(all.items.begin(), all.items.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  auto& output = context.output();
  output.set_detail(true);
  output.begin_list(Layout::record, "rs");
  for (const auto& rs : all.items) {
    output.begin_object();
    describe(output, rs);
    output.end_object();
  }
  output.end_list();
  context.note_if_torn(all.end);
}

}  // namespace

Noun rs_noun() {
  std::vector<Option> settings = {
      {"--weight", "N", "0 to 65535; 0 = no new session; 1 if not given"},
      {"--mode", "fullnat|nat|dr|tunnel",
       "how packets reach it; the service's if not given"},
      {"--tunnel", "ipip|gue|gre",
       "what is around a packet in mode tunnel; ipip if not given"},
      {"--tunnel-port", "PORT", "UDP port of gue; 6080 if not given"},
      {"--tunnel-checksum", "on|off",
       "of gue and gre; on if not given, for an rs with an IPv6 address"},
  };
  settings.push_back(family_option());
  const std::vector<std::string_view> words = {"tcp|udp|fwmark",
                                               "VADDR:PORT|MARK", "RADDR:PORT"};
  return {
      "rs",
      "the real servers of a service",
      {
          {"add", words, {3}, settings, add_rs},
          {"set", words, {3}, settings, set_rs},
          {"del", words, {3}, {family_option()}, del_rs},
          {"show", words, {0, 2, 3}, {family_option()}, show_rs},
      },
      {"The first two words name the service, the third the rs. Port 0 of an "
       "rs means the port the client asked for; in a service by fwmark the "
       "port "
       "may be left out, and means that. A deleted rs gets no new "
       "session; the ones it has go on until they end. Modes dr and tunnel "
       "need the rport to be the vport (0 with fwmark), nat and dr a raddr of "
       "the service's family."},
      {"mgwadm rs add tcp 203.0.113.1:80 10.0.2.1:8080 --weight 10",
       "mgwadm rs set tcp 203.0.113.1:80 10.0.2.1:8080 --weight 0",
       "mgwadm rs add tcp 203.0.113.1:80 10.0.2.2:80 --mode tunnel",
       "mgwadm rs add fwmark 7 10.0.2.1 --mode dr",
       "mgwadm rs show tcp 203.0.113.1:80",
       "mgwadm rs del tcp [2001:db8::1]:443 [2001:db8:2::1]:8443"},
  };
}

}  // namespace mgwadm
