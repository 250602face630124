// SPDX-License-Identifier: GPL-2.0
/// laddr add, del, show
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "command.hpp"
#include "describe.hpp"

namespace mgwadm {

namespace {

constexpr std::uint64_t cpu_max = 65535;

std::vector<mgw::Address> read_range(const Arguments& args) {
  return Arguments::read("ADDR", args.word(0), mgw::AddressRange::parse);
}

/// Deletes again what was added; says how that went.
std::string take_back(mgw::Client& client, std::vector<mgw::Address> added) {
  std::vector<std::string> left;
  std::reverse(added.begin(), added.end());
  for (const auto& addr : added) {
    try {
      client.del_laddr(addr);
    } catch (const mgw::Error&) {
      left.push_back(addr.to_string());
    }
  }
  if (!left.empty()) {
    return fmt::format(
        "added before and could not be taken back: {}; see mgwadm laddr show",
        fmt::join(left, " "));
  }
  if (added.empty()) {
    return "nothing was added";
  }
  return fmt::format("nothing was added: {} taken back",
                     added.size() == 1
                         ? added.front().to_string()
                         : fmt::format("{} addresses", added.size()));
}

mgw::Error with_remark(const mgw::Error& error, const std::string& remark) {
  return mgw::Error(error.kind(), fmt::format("{} ({})", error.what(), remark),
                    error.code())
      .about(error.object());
}

void add_all(mgw::Client& client, mgw::Laddr laddr,
             const std::vector<mgw::Address>& addrs) {
  std::vector<mgw::Address> added;
  try {
    for (const auto& addr : addrs) {
      laddr.addr = addr;
      client.add_laddr(laddr);
      added.push_back(addr);
    }
  } catch (const mgw::Error& error) {
    if (addrs.size() == 1) {
      throw;
    }
    throw with_remark(error, take_back(client, std::move(added)));
  }
}

void add_laddrs(Context& context, const Arguments& args) {
  const auto addrs = read_range(args);
  mgw::Laddr laddr;
  laddr.pool = args.value("--pool", mgw::parse_pool);
  laddr.home_cpu = args.value("--cpu", [](std::string_view text) {
    return static_cast<std::uint32_t>(mgw::parse_number(text, 0, cpu_max));
  });
  if (const auto ports = args.value("--ports", mgw::PortRange::parse)) {
    laddr.port_min = ports->min;
    laddr.port_max = ports->max;
  }
  add_all(context.client(), laddr, addrs);
}

/// A range goes only when all of it is there: what is deleted may have
/// sessions and cannot simply be put back.
void check_all_present(mgw::Client& client,
                       const std::vector<mgw::Address>& addrs) {
  std::set<mgw::Address> present;
  for (const auto& laddr : client.list_laddrs()) {
    if (!laddr.draining) {
      present.insert(laddr.addr);
    }
  }
  for (const auto& addr : addrs) {
    if (present.find(addr) == present.end()) {
      throw mgw::Error(mgw::ErrorKind::refused,
                       "there is no such laddr (nothing was deleted)", ENOENT)
          .about("laddr " + addr.to_string());
    }
  }
}

void del_laddrs(Context& context, const Arguments& args) {
  const auto addrs = read_range(args);
  auto& client = context.client();
  if (addrs.size() > 1) {
    check_all_present(client, addrs);
  }
  std::size_t deleted = 0;
  try {
    for (const auto& addr : addrs) {
      client.del_laddr(addr);
      deleted++;
    }
  } catch (const mgw::Error& error) {
    if (addrs.size() == 1) {
      throw;
    }
    throw with_remark(error, fmt::format("deleted before it: {} of {}", deleted,
                                         addrs.size()));
  }
}

void show_laddrs(Context& context, const Arguments& /*args*/) {
  auto all = context.client().list_laddrs();
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.addr < b.addr; });
  auto& output = context.output();
  output.begin_list(Layout::table, "");
  for (const auto& laddr : all) {
    output.begin_object();
    describe(output, laddr);
    output.end_object();
  }
  output.end_list();
}

}  // namespace

Noun laddr_noun() {
  return {
      "laddr",
      "source addresses towards rs",
      {
          {"add",
           {"ADDR[-ADDR|/PREFIX]"},
           {1},
           {{"--cpu", "N",
             "the CPU it belongs to; the kernel's choice if not "
             "given"},
            {"--pool", "NAME", "pool it is in; 'default' if not given"},
            {"--ports", "MIN-MAX",
             "ports it may use; 1024-65535 if not "
             "given"}},
           add_laddrs},
          {"del", {"ADDR[-ADDR|/PREFIX]"}, {1}, {}, del_laddrs},
          {"show", {}, {0}, {}, show_laddrs},
      },
      {"A range of at most 4096 addresses is added wholly or not at all: if "
       "the kernel refuses one, those added before are taken back. An IPv4 "
       "prefix shorter than 31 leaves out its network and broadcast address.",
       "A deleted laddr with sessions is shown as draining until the last of "
       "them ends."},
      {"mgwadm laddr add 10.0.1.1 --cpu 0",
       "mgwadm laddr add 10.0.1.8-10.0.1.15",
       "mgwadm laddr add 10.0.3.0/28 --pool web --ports 2048-65535",
       "mgwadm laddr del 2001:db8:1::1"},
  };
}

}  // namespace mgwadm
