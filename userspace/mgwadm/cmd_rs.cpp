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
  return rs;
}

void add(Context& context, const Arguments& args) {
  const auto rs = read_rs(args);
  context.client().add_rs(rs);
}

void set(Context& context, const Arguments& args) {
  const auto rs = read_rs(args);
  if (args.option_count() == 0) {
    throw UsageError(
        "rs set",
        "nothing to set: give at least one option, such as --weight 0");
  }
  context.client().set_rs(rs);
}

void del(Context& context, const Arguments& args) {
  const auto key = args.rs();
  context.client().del_rs(key);
}

std::vector<mgw::Rs> find(Context& context, const Arguments& args) {
  if (args.count() == 0) {
    return context.client().list_rs(std::nullopt);
  }
  if (args.count() == 3) {
    const auto key = args.rs();
    return {context.client().get_rs(key)};
  }
  const auto service = args.service();
  /* A service that is not there is refused, not shown as one without rs. */
  context.client().get_service(service);
  return context.client().list_rs(service);
}

void show(Context& context, const Arguments& args) {
  auto all = find(context, args);
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  auto& output = context.output();
  output.set_detail(true);
  output.begin_list(Layout::record, "rs");
  for (const auto& rs : all) {
    output.begin_object();
    describe(output, rs);
    output.end_object();
  }
  output.end_list();
}

}  // namespace

Noun rs_noun() {
  const std::vector<Option> settings = {
      {"--weight", "N", "0 to 65535; 0 = no new session; 1 if not given"},
      {"--mode", "fullnat", "how packets reach it; the service's if not given"},
  };
  const std::vector<std::string_view> words = {"tcp|udp", "VADDR:PORT",
                                               "RADDR:PORT"};
  return {
      "rs",
      "the real servers of a service",
      {
          {"add", words, {3}, settings, add},
          {"set", words, {3}, settings, set},
          {"del", words, {3}, {}, del},
          {"show", words, {0, 2, 3}, {}, show},
      },
      {"The first two words name the service, the third the rs. Port 0 of an "
       "rs means the port the client asked for. A deleted rs gets no new "
       "session; the ones it has go on until they end."},
      {"mgwadm rs add tcp 203.0.113.1:80 10.0.2.1:8080 --weight 10",
       "mgwadm rs set tcp 203.0.113.1:80 10.0.2.1:8080 --weight 0",
       "mgwadm rs show tcp 203.0.113.1:80",
       "mgwadm rs del tcp [2001:db8::1]:443 [2001:db8:2::1]:8443"},
  };
}

}  // namespace mgwadm
