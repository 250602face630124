// SPDX-License-Identifier: GPL-2.0
/// service add, set, del, show
#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "command.hpp"
#include "describe.hpp"

namespace mgwadm {

namespace {

mgw::Service read_service(const Arguments& args) {
  mgw::Service service;
  service.key = args.service();
  service.sched = args.value("--sched", mgw::parse_sched);
  service.mode = args.value("--mode", mgw::parse_mode);
  service.pool = args.value("--pool", mgw::parse_pool);
  service.timestamps = args.value("--timestamps", mgw::parse_timestamps);
  service.toa = args.value("--toa", mgw::parse_switch);
  service.toa_kind = args.value("--toa-kind", [](std::string_view text) {
    return static_cast<std::uint32_t>(
        mgw::parse_number(text, mgw::toa_kind_first, mgw::toa_kind_last));
  });
  for (const auto& text : args.values("--timeout")) {
    Arguments::read("--timeout", text, [&](std::string_view word) {
      service.timeouts.parse(word);
    });
  }
  return service;
}

void add_service(Context& context, const Arguments& args) {
  const auto service = read_service(args);
  context.client().add_service(service);
}

void set_service(Context& context, const Arguments& args) {
  const auto service = read_service(args);
  if (args.setting_count() == 0) {
    throw UsageError("service set",
                     "nothing to set: give at least one option, such as "
                     "--sched wrr");
  }
  context.client().set_service(service);
}

void del_service(Context& context, const Arguments& args) {
  const auto key = args.service();
  context.client().del_service(key);
}

void print_service(Output& output, const mgw::Service& service,
                   std::vector<mgw::Rs> rs_list) {
  std::sort(rs_list.begin(), rs_list.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  output.begin_object();
  describe(output, service);
  output.begin_rows("rs", "");
  for (const auto& rs : rs_list) {
    output.begin_object();
    describe_inner(output, rs);
    output.end_object();
  }
  output.end_rows();
  output.end_object();
}

using Services = mgw::Listing<mgw::Service>;

Services list_services(mgw::Client& client,
                       const std::optional<mgw::ServiceKey>& key) {
  if (key) {
    return {{client.get_service(*key)}};
  }
  return client.list_services();
}

std::uint64_t sessions_total(const mgw::Service& service) {
  return service.traffic ? service.traffic->sessions_total.value_or(0) : 0;
}

/// Whether it may be the same service, with the same settings and as many rs.
/// Traffic goes on meanwhile, but not back: a new service counts from 0.
bool is_same(mgw::Service before, const mgw::Service& after) {
  if (sessions_total(after) < sessions_total(before)) {
    return false;
  }
  before.sessions = after.sessions;
  before.traffic = after.traffic;
  return before == after;
}

/// Services, and the rs that were listed before them.
struct Snapshot {
  std::vector<mgw::Service> services;
  std::map<mgw::ServiceKey, std::vector<mgw::Rs>> rs_of;
  mgw::DumpEnd end = mgw::DumpEnd::complete;

  /// Whether each service has the rs it counts, and no rs is of another.
  [[nodiscard]] bool counts_fit() const;
  /// Whether the rs, too, are of the services that were there `before` them.
  [[nodiscard]] bool fits(const std::vector<mgw::Service>& before) const;
};

bool Snapshot::counts_fit() const {
  std::size_t with_rs = 0;
  for (const auto& service : services) {
    const auto found = rs_of.find(service.key);
    const auto count = found == rs_of.end() ? 0 : found->second.size();
    if (service.rs_count.value_or(count) != count) {
      return false;
    }
    with_rs += count != 0 ? 1 : 0;
  }
  return with_rs == rs_of.size();
}

/* The kernel lists services in the order in which they were added. */
bool Snapshot::fits(const std::vector<mgw::Service>& before) const {
  return counts_fit() && std::equal(before.begin(), before.end(),
                                    services.begin(), services.end(), is_same);
}

/// Two lists that fit each other; after five attempts, two that may not.
Snapshot find(mgw::Client& client, const std::optional<mgw::ServiceKey>& key) {
  constexpr int max_attempts = 5;
  auto before = list_services(client, key);
  for (int attempt = 1;; attempt++) {
    Snapshot snapshot;
    const auto rs_list = client.list_rs(key);
    for (const auto& rs : rs_list.items) {
      snapshot.rs_of[rs.key.service].push_back(rs);
    }
    auto after = list_services(client, key);
    snapshot.services = after.items;
    const bool torn = before.end == mgw::DumpEnd::interrupted ||
                      rs_list.end == mgw::DumpEnd::interrupted ||
                      after.end == mgw::DumpEnd::interrupted;
    if (!torn && snapshot.fits(before.items)) {
      return snapshot;
    }
    if (torn || attempt == max_attempts) {
      snapshot.end = mgw::DumpEnd::interrupted;
      return snapshot;
    }
    before = std::move(after);
  }
}

void show_services(Context& context, const Arguments& args) {
  auto& output = context.output();
  std::optional<mgw::ServiceKey> key;
  if (args.count() != 0) {
    key = args.service();
    output.set_detail(true);
  }
  auto snapshot = find(context.client(), key);
  std::sort(snapshot.services.begin(), snapshot.services.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  output.begin_list(Layout::record, "service");
  for (const auto& service : snapshot.services) {
    print_service(output, service, std::move(snapshot.rs_of[service.key]));
  }
  output.end_list();
  context.note_if_torn(snapshot.end);
}

}  // namespace

Noun service_noun() {
  const std::vector<std::string_view> key = {"tcp|udp|fwmark",
                                             "VADDR:PORT|MARK"};
  std::vector<Option> settings = {
      {"--sched", "rr|wrr|wlc", "how an rs is chosen; wlc if not given"},
      {"--mode", "fullnat|nat|dr|tunnel",
       "how packets reach rs that name no mode; fullnat if not given"},
      {"--pool", "NAME", "pool the laddrs come from; 'default' if not given"},
      {"--timestamps", "strip|keep",
       "the TCP timestamps a client offers; strip if not given"},
      {"--toa", "off|on",
       "tell rs in mode fullnat the client's address in a TCP option, which "
       "mgw-toa reads there; off if not given"},
      {"--toa-kind", "35-254", "number of that option; 254 if not given"},
      {"--timeout", "NAME=SECONDS",
       "idle time of a session state: syn_sent, syn_recv, established, "
       "fin_wait, last_ack, time_wait, close, udp, udp_replied",
       true},
  };
  settings.push_back(family_option());
  return {
      "service",
      "what clients connect to",
      {
          {"add", key, {2}, settings, add_service},
          {"set", key, {2}, settings, set_service},
          {"del", key, {2}, {family_option()}, del_service},
          {"show", key, {0, 2}, {family_option()}, show_services},
      },
      {"A service is its protocol, address and port; port 0 means every port. "
       "'set' changes what is given and leaves the rest. 'show' lists each "
       "service with its rs; of one service it shows everything.",
       "A service by fwmark takes the TCP and UDP packets that have that "
       "firewall mark, whatever their destination, before all other services. "
       "Marks are set in the raw table or by tc; see mgwadm(8)."},
      {"mgwadm service add tcp 203.0.113.1:80 --sched wrr",
       "mgwadm service add udp [2001:db8::1]:53 --timeout udp=30",
       "mgwadm service set tcp 203.0.113.1:80 --pool web",
       "mgwadm service set tcp 203.0.113.1:80 --toa on",
       "mgwadm service add fwmark 7 --family ipv6 --mode nat",
       "mgwadm service show tcp 203.0.113.1:80"},
  };
}

}  // namespace mgwadm
