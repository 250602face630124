// SPDX-License-Identifier: GPL-2.0
/// The door to the module: everything a tool can ask of it.
#ifndef MGW_CLIENT_HPP
#define MGW_CLIENT_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mgw/dev.hpp"
#include "mgw/error.hpp"
#include "mgw/event.hpp"
#include "mgw/info.hpp"
#include "mgw/laddr.hpp"
#include "mgw/service.hpp"
#include "mgw/session.hpp"
#include "mgw/stats.hpp"

namespace mgw {

/// How a dump of live objects ended.
enum class DumpEnd {
  complete,
  /// Objects came and went meanwhile: some may be missing or listed twice.
  interrupted,
};

/// Objects that can be shown even when they are not of one moment.
template <typename T>
struct Listing {
  std::vector<T> items;
  DumpEnd end = DumpEnd::complete;
};

/// One network namespace's load balancer. Every function throws Error with its
/// object named. Lists of configuration are consistent, or say that they could
/// not be had so; the list of sessions is streamed and never held in memory.
class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client(Client&&) = delete;
  Client& operator=(Client&&) = delete;
  virtual ~Client() = default;

  virtual Info info() = 0;

  virtual void add_service(const Service& service) = 0;
  virtual void set_service(const Service& service) = 0;
  virtual void del_service(const ServiceKey& key) = 0;
  virtual Service get_service(const ServiceKey& key) = 0;
  virtual Listing<Service> list_services() = 0;

  virtual void add_rs(const Rs& rs) = 0;
  virtual void set_rs(const Rs& rs) = 0;
  virtual void del_rs(const RsKey& key) = 0;
  virtual Rs get_rs(const RsKey& key) = 0;
  /// Of one service, or of all.
  virtual Listing<Rs> list_rs(const std::optional<ServiceKey>& service) = 0;

  /// All addresses of the range, or none.
  virtual void add_laddrs(const AddressRange& range, const Laddr& settings) = 0;
  virtual void del_laddrs(const AddressRange& range) = 0;
  virtual Listing<Laddr> list_laddrs() = 0;

  virtual void attach_dev(const Dev& dev) = 0;
  virtual void detach_dev(const Dev& dev) = 0;
  virtual Dev get_dev(const Dev& dev) = 0;
  virtual Listing<Dev> list_devs() = 0;

  using SessionVisitor = std::function<void(const Session&)>;
  virtual DumpEnd list_sessions(const SessionFilter& filter,
                                const SessionVisitor& visit) = 0;
  virtual std::uint64_t count_sessions(const SessionFilter& filter) = 0;
  virtual std::uint64_t flush_sessions(const SessionFilter& filter) = 0;

  /// One entry for each CPU, by its number.
  virtual Listing<CpuCounters> list_counters() = 0;
  virtual void zero_stats() = 0;

  using EventVisitor = std::function<void(const Event&)>;
  /// Visits every event until `stop_fd` becomes readable. Outlives the module:
  /// it says so when that is unloaded, and goes on when it is loaded again.
  virtual void watch(const EventVisitor& visit, int stop_fd) = 0;
};

/// Runs in the namespace of the caller, or in another: a name under /run/netns
/// or a path. The calling thread enters it before a socket is opened, and
/// stays.
std::unique_ptr<Client> connect(const std::optional<std::string>& netns);

/// The release of this library.
std::string_view version();

}  // namespace mgw

#endif
