// SPDX-License-Identifier: GPL-2.0
/// A module in memory: keeps objects, refuses what the kernel refuses, and
/// lists in an order nobody would choose.
#ifndef MGW_FAKE_CLIENT_HPP
#define MGW_FAKE_CLIENT_HPP

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "app.hpp"
#include "mgw/client.hpp"

namespace mgw_test {

/// What the fake kernel knows; outlives the clients that look at it.
struct FakeKernel {
  std::map<mgw::ServiceKey, mgw::Service> services;
  std::map<mgw::RsKey, mgw::Rs> rs;
  std::map<mgw::Address, mgw::Laddr> laddrs;
  std::map<std::string, mgw::Dev> devs;
  std::vector<mgw::Session> sessions;
  std::vector<mgw::CpuCounters> counters;
  std::vector<mgw::Event> events;
  mgw::Info info;

  /// Addresses whose LADDR_ADD, or LADDR_DEL, is refused.
  std::set<mgw::Address> bad_adds;
  std::set<mgw::Address> bad_dels;
  /// Every connection fails with it.
  std::optional<mgw::Error> connect_error;
  /// After its events the watcher is sent this signal.
  int stop_with = 0;
  /// Then it waits that long to be stopped.
  int wait_ms = 0;
  mgw::DumpEnd dump_end = mgw::DumpEnd::complete;
  mgw::DumpEnd list_end = mgw::DumpEnd::complete;
  /// Somebody else's changes, one after each time services are read.
  std::deque<std::function<void(FakeKernel&)>> changes;
  /// After its sessions a dump of them fails with it.
  std::optional<mgw::Error> sessions_error;

  /// What was asked, for tests of requests.
  std::vector<mgw::Service> service_requests;
  std::vector<mgw::Rs> rs_requests;
  std::vector<mgw::Laddr> laddr_requests;
  std::vector<mgw::SessionFilter> filters;
  std::vector<std::string> log;
  std::optional<std::string> netns;
};

class FakeClient : public mgw::Client {
 public:
  explicit FakeClient(FakeKernel& kernel) : kernel_(kernel) {}

  mgw::Info info() override { return kernel_.info; }

  void add_service(const mgw::Service& service) override;
  void set_service(const mgw::Service& service) override;
  void del_service(const mgw::ServiceKey& key) override;
  mgw::Service get_service(const mgw::ServiceKey& key) override;
  mgw::Listing<mgw::Service> list_services() override;

  void add_rs(const mgw::Rs& rs) override;
  void set_rs(const mgw::Rs& rs) override;
  void del_rs(const mgw::RsKey& key) override;
  mgw::Rs get_rs(const mgw::RsKey& key) override;
  mgw::Listing<mgw::Rs> list_rs(
      const std::optional<mgw::ServiceKey>& service) override;

  void add_laddrs(const mgw::AddressRange& range,
                  const mgw::Laddr& settings) override;
  void del_laddrs(const mgw::AddressRange& range) override;
  mgw::Listing<mgw::Laddr> list_laddrs() override;

  void attach_dev(const mgw::Dev& dev) override;
  void detach_dev(const mgw::Dev& dev) override;
  mgw::Dev get_dev(const mgw::Dev& dev) override;
  mgw::Listing<mgw::Dev> list_devs() override;

  mgw::DumpEnd list_sessions(const mgw::SessionFilter& filter,
                             const SessionVisitor& visit) override;
  std::uint64_t count_sessions(const mgw::SessionFilter& filter) override;
  std::uint64_t flush_sessions(const mgw::SessionFilter& filter) override;

  mgw::Listing<mgw::CpuCounters> list_counters() override;
  void zero_stats() override;

  void watch(const EventVisitor& visit, int stop_fd) override;

 private:
  /// After services were read.
  void let_others_change();

  FakeKernel& kernel_;
};

/// What a command line did.
struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs "service show -j" against the fake kernel.
Result run(FakeKernel& kernel, const std::vector<std::string>& words);
/// The same for a line whose words have no blanks inside.
Result run(FakeKernel& kernel, const std::string& line);

/// The length of the longest line.
std::size_t width(const std::string& text);

}  // namespace mgw_test

#endif
