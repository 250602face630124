// SPDX-License-Identifier: GPL-2.0
/// dev attach, detach, show
#include <algorithm>

#include "command.hpp"
#include "describe.hpp"

namespace mgwadm {

namespace {

mgw::Dev read_dev(const Arguments& args) {
  return {Arguments::read("IFNAME", args.word(0), mgw::parse_dev_name), {}};
}

void attach(Context& context, const Arguments& args) {
  const auto dev = read_dev(args);
  context.client().attach_dev(dev);
}

void detach(Context& context, const Arguments& args) {
  const auto dev = read_dev(args);
  context.client().detach_dev(dev);
}

void show_devs(Context& context, const Arguments& args) {
  mgw::Listing<mgw::Dev> devs;
  if (args.count() == 0) {
    devs = context.client().list_devs();
  } else {
    const auto dev = read_dev(args);
    devs = {{context.client().get_dev(dev)}};
  }
  std::sort(devs.items.begin(), devs.items.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  auto& output = context.output();
  output.begin_list(Layout::table, "");
  for (const auto& dev : devs.items) {
    output.begin_object();
    describe(output, dev);
    output.end_object();
  }
  output.end_list();
  context.note_if_torn(devs.end);
}

}  // namespace

Noun dev_noun() {
  return {
      "dev",
      "devices with an ingress hook",
      {
          {"attach", {"IFNAME"}, {1}, {}, attach},
          {"detach", {"IFNAME"}, {1}, {}, detach},
          {"show", {"IFNAME"}, {0, 1}, {}, show_devs},
      },
      {"Packets of an attached device that belong to a session are sent on "
       "before the stack receives them: taps, XDP, tc and nft ingress chains "
       "see them, iptables and nft PREROUTING do not. Fragments, IP options "
       "and all other traffic take the stack's way as before.",
       "Attach the device IP runs on: the bridge or bond, not its ports; the "
       "VLAN device, not the one below it. A device that goes away is detached "
       "by that."},
      {"mgwadm dev attach eth0", "mgwadm dev detach eth0", "mgwadm dev show"},
  };
}

}  // namespace mgwadm
