// SPDX-License-Identifier: GPL-2.0
#include "netlink_client.hpp"

#include <fmt/format.h>
#include <linux/genetlink.h>
#include <linux/mgw.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "codec.hpp"

namespace mgw {

namespace {

constexpr std::uint8_t control_version = 2;
constexpr const char* controller_name = "nlctrl";
constexpr std::string_view controller_group = "notify";

/// Runs `action`; an error about a request gets its object. One about the
/// module as a whole or about the caller's rights has none.
template <typename Action>
auto about(const std::string& object, Action&& action) {
  try {
    return std::forward<Action>(action)();
  } catch (const Error& error) {
    const bool whole = error.kind() == ErrorKind::module_missing ||
                       error.kind() == ErrorKind::permission ||
                       !error.object().empty();
    throw whole ? error : error.about(object);
  }
}

std::string name_of(const ServiceKey& key) {
  return "service " + key.to_string();
}
std::string name_of(const RsKey& key) { return "rs " + key.to_string(); }
std::string name_of(const AddressRange& range) {
  return "laddr " + range.to_string();
}
std::string name_of(const Dev& dev) { return "dev " + dev.name; }

std::uint32_t find_group(const Attributes& family, std::string_view name) {
  const auto groups = family.nest(CTRL_ATTR_MCAST_GROUPS);
  if (groups) {
    for (const auto& group : groups->nests()) {
      if (group.string(CTRL_ATTR_MCAST_GRP_NAME) == name) {
        return group.u32(CTRL_ATTR_MCAST_GRP_ID).value_or(0);
      }
    }
  }
  return 0;
}

/// Generic netlink itself has no sentence for a number that no family has.
bool may_be_unknown_family(const Error& error) {
  return error.code() == ENOENT && error.what() == errno_sentence(ENOENT);
}

Event named_event(const char* name) {
  Event event;
  event.name = name;
  return event;
}

}  // namespace

NetlinkClient::FamilyIds NetlinkClient::resolve(const std::string& family,
                                                std::string_view group) {
  Message msg(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, control_version, NLM_F_ACK);
  msg.put_string(CTRL_ATTR_FAMILY_NAME, family);
  FamilyIds found;
  try {
    exchange(msg, [&](const Attributes& top) {
      found.family = require(top.u16(CTRL_ATTR_FAMILY_ID), "a family id");
      found.group = find_group(top, group);
    });
  } catch (const Error& error) {
    if (error.code() == ENOENT) {
      throw Error(ErrorKind::module_missing,
                  "the kernel has no module mgw: is mgw.ko loaded? (insmod "
                  "mgw.ko, or modprobe mgw)",
                  ENOENT);
    }
    throw;
  }
  if (found.family == 0) {
    throw_bad_reply("it lacks a family id");
  }
  if (found.group == 0) {
    throw_bad_reply(fmt::format("it lacks the group of {}", group));
  }
  return found;
}

const NetlinkClient::FamilyIds& NetlinkClient::ids() {
  if (!ids_) {
    ids_ = resolve(MGW_GENL_NAME, MGW_GENL_MCGRP_EVENTS);
  }
  return *ids_;
}

DumpEnd NetlinkClient::ask(std::uint8_t command, std::uint16_t flags,
                           const Encode& encode, const Reply& reply) {
  const auto ask_once = [&](std::uint16_t family) {
    Message msg(family, command, MGW_GENL_VERSION, flags);
    if (encode) {
      encode(msg);
    }
    return exchange(msg, reply);
  };
  const auto family = ids().family;
  try {
    return ask_once(family);
  } catch (const Error& error) {
    if (!may_be_unknown_family(error)) {
      throw;
    }
    /* A module that is loaded again has another number. */
    ids_.reset();
    if (ids().family == family) {
      throw;
    }
  }
  return ask_once(ids().family);
}

DumpEnd NetlinkClient::exchange(Message& msg, const Reply& reply) {
  const std::uint32_t sequence = ++sequence_;
  msg.set_sequence(sequence);
  transport_->send(msg.bytes());

  DumpEnd end = DumpEnd::complete;
  std::optional<Error> refusal;
  bool done = false;
  while (!done) {
    const auto datagram = transport_->receive();
    if (!datagram) {
      throw Error(ErrorKind::protocol,
                  "the kernel could not deliver its answer: try again");
    }
    for_each_message(*datagram, [&](const Received& received) {
      if (received.sequence != sequence || done) {
        return;
      }
      if ((received.flags & NLM_F_DUMP_INTR) != 0) {
        end = DumpEnd::interrupted;
      }
      if (received.type == NLMSG_ERROR || received.type == NLMSG_DONE) {
        refusal = outcome(received);
        done = true;
      } else if (received.type >= NLMSG_MIN_TYPE && reply) {
        reply(Attributes(received.attributes()));
      }
    });
  }
  if (refusal) {
    throw Error(*refusal);
  }
  return end;
}

void NetlinkClient::change(const std::string& object, std::uint8_t command,
                           const Encode& encode) {
  about(object, [&] { ask(command, NLM_F_ACK, encode, nullptr); });
}

void NetlinkClient::get(const std::string& object, std::uint8_t command,
                        const Encode& encode, const Reply& reply) {
  about(object, [&] {
    bool answered = false;
    ask(command, NLM_F_ACK, encode, [&](const Attributes& top) {
      reply(top);
      answered = true;
    });
    if (!answered) {
      throw_bad_reply("it is empty");
    }
  });
}

template <typename T>
Listing<T> NetlinkClient::list(const std::string& object, std::uint8_t command,
                               const Encode& encode,
                               T (*decode)(const Attributes&)) {
  return about(object, [&] {
    Listing<T> all;
    for (int attempt = 0; attempt < max_attempts; attempt++) {
      all.items.clear();
      all.end = ask(command, NLM_F_DUMP, encode, [&](const Attributes& top) {
        all.items.push_back(decode(top));
      });
      if (all.end == DumpEnd::complete) {
        break;
      }
    }
    return all;
  });
}

Info NetlinkClient::info() {
  Info info;
  get("version", MGW_CMD_INFO_GET, nullptr,
      [&](const Attributes& top) { info = decode_info(top); });
  return info;
}

void NetlinkClient::add_service(const Service& service) {
  change(name_of(service.key), MGW_CMD_SERVICE_ADD,
         [&](Message& msg) { encode(msg, service); });
}

void NetlinkClient::set_service(const Service& service) {
  change(name_of(service.key), MGW_CMD_SERVICE_SET,
         [&](Message& msg) { encode(msg, service); });
}

void NetlinkClient::del_service(const ServiceKey& key) {
  change(name_of(key), MGW_CMD_SERVICE_DEL,
         [&](Message& msg) { encode(msg, key); });
}

Service NetlinkClient::get_service(const ServiceKey& key) {
  Service service;
  get(
      name_of(key), MGW_CMD_SERVICE_GET,
      [&](Message& msg) { encode(msg, key); },
      [&](const Attributes& top) { service = decode_service(top); });
  return service;
}

Listing<Service> NetlinkClient::list_services() {
  return list("services", MGW_CMD_SERVICE_GET, nullptr, decode_service);
}

void NetlinkClient::add_rs(const Rs& rs) {
  change(name_of(rs.key), MGW_CMD_RS_ADD,
         [&](Message& msg) { encode(msg, rs); });
}

void NetlinkClient::set_rs(const Rs& rs) {
  change(name_of(rs.key), MGW_CMD_RS_SET,
         [&](Message& msg) { encode(msg, rs); });
}

void NetlinkClient::del_rs(const RsKey& key) {
  change(name_of(key), MGW_CMD_RS_DEL, [&](Message& msg) { encode(msg, key); });
}

Rs NetlinkClient::get_rs(const RsKey& key) {
  Rs rs;
  get(
      name_of(key), MGW_CMD_RS_GET, [&](Message& msg) { encode(msg, key); },
      [&](const Attributes& top) { rs = decode_rs(top); });
  return rs;
}

Listing<Rs> NetlinkClient::list_rs(const std::optional<ServiceKey>& service) {
  const Encode encode_key =
      service ? Encode([&](Message& msg) { encode(msg, *service); }) : nullptr;
  auto all = list(service ? name_of(*service) : "rs", MGW_CMD_RS_GET,
                  encode_key, decode_rs);
  if (service) {
    std::erase_if(all.items,
                  [&](const Rs& rs) { return rs.key.service != *service; });
  }
  return all;
}

/// An error that is about one address of the range gets its name.
void NetlinkClient::change_laddrs(const AddressRange& range,
                                  std::uint8_t command, Laddr laddr) {
  laddr.addr = range.first;
  if (range.first != range.last) {
    laddr.last = range.last;
  }
  about(name_of(range), [&] {
    try {
      ask(
          command, NLM_F_ACK, [&](Message& msg) { encode(msg, laddr); },
          nullptr);
    } catch (const Error& error) {
      const auto index = error.index();
      if (!index || *index >= range.size()) {
        throw;
      }
      const auto addr = range.first.plus(*index).value_or(range.first);
      throw error.about(name_of(AddressRange{addr, addr}));
    }
  });
}

void NetlinkClient::add_laddrs(const AddressRange& range,
                               const Laddr& settings) {
  change_laddrs(range, MGW_CMD_LADDR_ADD, settings);
}

void NetlinkClient::del_laddrs(const AddressRange& range) {
  change_laddrs(range, MGW_CMD_LADDR_DEL, {});
}

Listing<Laddr> NetlinkClient::list_laddrs() {
  return list("laddrs", MGW_CMD_LADDR_GET, nullptr, decode_laddr);
}

void NetlinkClient::attach_dev(const Dev& dev) {
  change(name_of(dev), MGW_CMD_DEV_ATTACH,
         [&](Message& msg) { encode(msg, dev); });
}

void NetlinkClient::detach_dev(const Dev& dev) {
  change(name_of(dev), MGW_CMD_DEV_DETACH,
         [&](Message& msg) { encode(msg, dev); });
}

Dev NetlinkClient::get_dev(const Dev& dev) {
  Dev found;
  get(
      name_of(dev), MGW_CMD_DEV_GET, [&](Message& msg) { encode(msg, dev); },
      [&](const Attributes& top) { found = decode_dev(top); });
  return found;
}

Listing<Dev> NetlinkClient::list_devs() {
  return list("devs", MGW_CMD_DEV_GET, nullptr, decode_dev);
}

DumpEnd NetlinkClient::list_sessions(const SessionFilter& filter,
                                     const SessionVisitor& visit) {
  return about("sessions", [&] {
    return ask(
        MGW_CMD_SESSION_GET, NLM_F_DUMP,
        [&](Message& msg) { encode(msg, filter); },
        [&](const Attributes& top) { visit(decode_session(top)); });
  });
}

std::uint64_t NetlinkClient::count_sessions(const SessionFilter& filter) {
  std::uint64_t count = 0;
  get(
      "sessions", MGW_CMD_SESSION_COUNT,
      [&](Message& msg) { encode(msg, filter); },
      [&](const Attributes& top) { count = decode_count(top); });
  return count;
}

std::uint64_t NetlinkClient::flush_sessions(const SessionFilter& filter) {
  std::uint64_t count = 0;
  get(
      "sessions", MGW_CMD_SESSION_FLUSH,
      [&](Message& msg) { encode(msg, filter); },
      [&](const Attributes& top) { count = decode_count(top); });
  return count;
}

Listing<CpuCounters> NetlinkClient::list_counters() {
  auto all = list("stats", MGW_CMD_STATS_GET, nullptr, decode_counters);
  std::sort(all.items.begin(), all.items.end(),
            [](const auto& a, const auto& b) { return a.cpu < b.cpu; });
  return all;
}

void NetlinkClient::zero_stats() {
  change("stats", MGW_CMD_STATS_ZERO, nullptr);
}

void NetlinkClient::watch(const EventVisitor& visit, int stop_fd) {
  about("monitor", [&] {
    const auto events = open_();
    /* This first: from here on no coming or going can be missed. */
    events->join(resolve(controller_name, controller_group).group);
    ids_.reset();
    events->join(ids().group);
    while (events->wait(stop_fd)) {
      const auto datagram = events->receive();
      if (!datagram) {
        visit(named_event("lost"));
        follow(*events, visit);
        continue;
      }
      for_each_message(*datagram, [&](const Received& received) {
        if (ids_ && received.type == ids_->family) {
          visit(decode_event(received.command(),
                             Attributes(received.attributes())));
        } else if (tells_of_module(received)) {
          follow(*events, visit);
        }
      });
    }
  });
}

bool NetlinkClient::tells_of_module(const Received& received) const {
  if (received.type != GENL_ID_CTRL) {
    return false;
  }
  const Attributes top(received.attributes());
  if (top.string(CTRL_ATTR_FAMILY_NAME) != MGW_GENL_NAME) {
    return false;
  }
  const bool is_ours = ids_ && top.u16(CTRL_ATTR_FAMILY_ID) == ids_->family;
  return received.command() == CTRL_CMD_DELFAMILY
             ? is_ours
             : received.command() == CTRL_CMD_NEWFAMILY && !is_ours;
}

void NetlinkClient::follow(Transport& events, const EventVisitor& visit) {
  const auto before = std::exchange(ids_, std::nullopt);
  try {
    ids();
    if (before && before->family == ids_->family) {
      return;
    }
    events.join(ids_->group);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::module_missing) {
      throw;
    }
    ids_.reset();
  }
  if (before) {
    visit(named_event("module_unloaded"));
  }
  if (ids_) {
    visit(named_event("module_loaded"));
  }
}

std::unique_ptr<Client> connect(const std::optional<std::string>& netns) {
  if (netns) {
    enter_netns(*netns);
  }
  return std::make_unique<NetlinkClient>(open_netlink);
}

std::string_view version() { return MGW_RELEASE; }

}  // namespace mgw
