// SPDX-License-Identifier: GPL-2.0
/// laddr add, del, show
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "command.hpp"
#include "describe.hpp"

namespace mgwadm {

namespace {

constexpr std::uint64_t cpu_max = 65535;

mgw::AddressRange read_range(const Arguments& args) {
  return Arguments::read("ADDR", args.word(0), mgw::AddressRange::parse);
}

/// A range is changed by one request, so what is refused has changed nothing.
template <typename Action>
void change(const mgw::AddressRange& range, const char* remark,
            Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const mgw::Error& error) {
    if (range.size() == 1 || error.kind() != mgw::ErrorKind::refused) {
      throw;
    }
    throw mgw::Error(error.kind(), fmt::format("{} ({})", error.what(), remark),
                     error.code())
        .about(error.object());
  }
}

void add_laddrs(Context& context, const Arguments& args) {
  const auto range = read_range(args);
  mgw::Laddr laddr;
  laddr.pool = args.value("--pool", mgw::parse_pool);
  laddr.home_cpu = args.value("--cpu", [](std::string_view text) {
    return static_cast<std::uint32_t>(mgw::parse_number(text, 0, cpu_max));
  });
  if (const auto ports = args.value("--ports", mgw::PortRange::parse)) {
    laddr.port_min = ports->min;
    laddr.port_max = ports->max;
  }
  change(range, "nothing was added",
         [&] { context.client().add_laddrs(range, laddr); });
}

void del_laddrs(Context& context, const Arguments& args) {
  const auto range = read_range(args);
  change(range, "nothing was deleted",
         [&] { context.client().del_laddrs(range); });
}

void show_laddrs(Context& context, const Arguments& /*args*/) {
  auto all = context.client().list_laddrs();
  std::sort(all.items.begin(), all.items.end(),
            [](const auto& a, const auto& b) { return a.addr < b.addr; });
  auto& output = context.output();
  output.begin_list(Layout::table, "");
  for (const auto& laddr : all.items) {
    output.begin_object();
    describe(output, laddr);
    output.end_object();
  }
  output.end_list();
  context.note_if_torn(all.end);
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
      {"A range of at most 4096 addresses is added, and deleted, wholly or "
       "not at all. An IPv4 prefix shorter than 31 leaves out its network and "
       "broadcast address.",
       "A deleted laddr with sessions is shown as draining until the last of "
       "them ends."},
      {"mgwadm laddr add 10.0.1.1 --cpu 0",
       "mgwadm laddr add 10.0.1.8-10.0.1.15",
       "mgwadm laddr add 10.0.3.0/28 --pool web --ports 2048-65535",
       "mgwadm laddr del 2001:db8:1::1"},
  };
}

}  // namespace mgwadm
