// SPDX-License-Identifier: GPL-2.0
#include "fake_client.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "text_layout.hpp"

namespace mgw_test {

namespace {

[[noreturn]] void refuse(const std::string& object, int code,
                         const std::string& sentence) {
  throw mgw::Error(mgw::ErrorKind::refused, sentence, code).about(object);
}

template <typename Map>
auto reversed_values(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  for (auto entry = map.rbegin(); entry != map.rend(); ++entry) {
    values.push_back(entry->second);
  }
  return values;
}

}  // namespace

void FakeClient::add_service(const mgw::Service& service) {
  kernel_.service_requests.push_back(service);
  if (!kernel_.services.emplace(service.key, service).second) {
    refuse("service " + service.key.to_string(), EEXIST,
           "This service exists already");
  }
}

void FakeClient::set_service(const mgw::Service& service) {
  kernel_.service_requests.push_back(service);
  get_service(service.key);
}

void FakeClient::del_service(const mgw::ServiceKey& key) {
  if (kernel_.services.erase(key) == 0) {
    refuse("service " + key.to_string(), ENOENT, "There is no such service");
  }
}

mgw::Service FakeClient::get_service(const mgw::ServiceKey& key) {
  const auto found = kernel_.services.find(key);
  if (found == kernel_.services.end()) {
    refuse("service " + key.to_string(), ENOENT, "There is no such service");
  }
  auto service = found->second;
  let_others_change();
  return service;
}

void FakeClient::let_others_change() {
  kernel_.log.emplace_back("read");
  if (!kernel_.changes.empty()) {
    kernel_.changes.front()(kernel_);
    kernel_.changes.pop_front();
  }
}

mgw::Listing<mgw::Service> FakeClient::list_services() {
  auto all = reversed_values(kernel_.services);
  let_others_change();
  return {std::move(all), kernel_.list_end};
}

void FakeClient::add_rs(const mgw::Rs& rs) {
  kernel_.rs_requests.push_back(rs);
  kernel_.rs.emplace(rs.key, rs);
}

void FakeClient::set_rs(const mgw::Rs& rs) {
  kernel_.rs_requests.push_back(rs);
  get_rs(rs.key);
}

void FakeClient::del_rs(const mgw::RsKey& key) {
  if (kernel_.rs.erase(key) == 0) {
    refuse("rs " + key.to_string(), ENOENT, "There is no such rs");
  }
}

mgw::Rs FakeClient::get_rs(const mgw::RsKey& key) {
  const auto found = kernel_.rs.find(key);
  if (found == kernel_.rs.end()) {
    refuse("rs " + key.to_string(), ENOENT, "There is no such rs");
  }
  return found->second;
}

mgw::Listing<mgw::Rs> FakeClient::list_rs(
    const std::optional<mgw::ServiceKey>& service) {
  auto all = reversed_values(kernel_.rs);
  std::erase_if(all, [&](const mgw::Rs& rs) {
    return service && rs.key.service != *service;
  });
  return {std::move(all), kernel_.list_end};
}

void FakeClient::add_laddrs(const mgw::AddressRange& range,
                            const mgw::Laddr& settings) {
  kernel_.log.push_back("add " + range.to_string());
  auto laddrs = kernel_.laddrs;
  for (std::uint32_t i = 0; i < range.size(); i++) {
    auto laddr = settings;
    laddr.addr = range.first.plus(i).value_or(range.first);
    const auto name = "laddr " + laddr.addr.to_string();
    kernel_.laddr_requests.push_back(laddr);
    if (kernel_.bad_adds.count(laddr.addr) != 0) {
      refuse(name, EADDRINUSE, "This address is a vaddr");
    }
    if (!laddrs.emplace(laddr.addr, laddr).second) {
      refuse(name, EEXIST, "This laddr exists already");
    }
  }
  kernel_.laddrs = laddrs;
}

void FakeClient::del_laddrs(const mgw::AddressRange& range) {
  kernel_.log.push_back("del " + range.to_string());
  auto laddrs = kernel_.laddrs;
  for (std::uint32_t i = 0; i < range.size(); i++) {
    const auto addr = range.first.plus(i).value_or(range.first);
    if (kernel_.bad_dels.count(addr) != 0 || laddrs.erase(addr) == 0) {
      refuse("laddr " + addr.to_string(), ENOENT, "There is no such laddr");
    }
  }
  kernel_.laddrs = laddrs;
}

mgw::Listing<mgw::Laddr> FakeClient::list_laddrs() {
  return {reversed_values(kernel_.laddrs), kernel_.list_end};
}

void FakeClient::attach_dev(const mgw::Dev& dev) {
  if (!kernel_.devs.emplace(dev.name, dev).second) {
    refuse("dev " + dev.name, EEXIST, "This device is attached already");
  }
}

void FakeClient::detach_dev(const mgw::Dev& dev) {
  if (kernel_.devs.erase(dev.name) == 0) {
    refuse("dev " + dev.name, ENOENT, "This device is not attached");
  }
}

mgw::Dev FakeClient::get_dev(const mgw::Dev& dev) {
  const auto found = kernel_.devs.find(dev.name);
  if (found == kernel_.devs.end()) {
    refuse("dev " + dev.name, ENOENT, "This device is not attached");
  }
  return found->second;
}

mgw::Listing<mgw::Dev> FakeClient::list_devs() {
  return {reversed_values(kernel_.devs), kernel_.list_end};
}

mgw::DumpEnd FakeClient::list_sessions(const mgw::SessionFilter& filter,
                                       const SessionVisitor& visit) {
  kernel_.filters.push_back(filter);
  std::uint32_t seen = 0;
  for (const auto& session : kernel_.sessions) {
    if (filter.limit && seen++ == *filter.limit) {
      break;
    }
    visit(session);
  }
  if (kernel_.sessions_error) {
    throw mgw::Error(*kernel_.sessions_error);
  }
  return kernel_.dump_end;
}

std::uint64_t FakeClient::count_sessions(const mgw::SessionFilter& filter) {
  kernel_.filters.push_back(filter);
  return kernel_.sessions.size();
}

std::uint64_t FakeClient::flush_sessions(const mgw::SessionFilter& filter) {
  kernel_.filters.push_back(filter);
  return kernel_.sessions.size();
}

mgw::Listing<mgw::CpuCounters> FakeClient::list_counters() {
  return {kernel_.counters, kernel_.list_end};
}

void FakeClient::zero_stats() { kernel_.log.emplace_back("zero"); }

void FakeClient::watch(const EventVisitor& visit, int stop_fd) {
  for (const auto& event : kernel_.events) {
    visit(event);
  }
  if (kernel_.stop_with != 0) {
    std::raise(kernel_.stop_with);
  }
  if (kernel_.wait_ms != 0) {
    pollfd stop{stop_fd, POLLIN, 0};
    kernel_.log.emplace_back(
        poll(&stop, 1, kernel_.wait_ms) == 1 ? "stopped" : "not stopped");
  }
}

Result run(FakeKernel& kernel, const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream err;
  const auto connect = [&kernel](const std::optional<std::string>& netns)
      -> std::unique_ptr<mgw::Client> {
    if (kernel.connect_error) {
      throw mgw::Error(*kernel.connect_error);
    }
    kernel.netns = netns;
    return std::make_unique<FakeClient>(kernel);
  };
  Result result;
  result.code = mgwadm::run(words, out, err, connect);
  result.out = out.str();
  result.err = err.str();
  return result;
}

Result run(FakeKernel& kernel, const std::string& line) {
  return run(kernel, mgwadm::split_words(line));
}

std::size_t width(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) {
    longest = std::max(longest, line.size());
  }
  return longest;
}

}  // namespace mgw_test
