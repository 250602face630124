// SPDX-License-Identifier: GPL-2.0
/// The client that talks to the kernel.
#ifndef MGW_NETLINK_CLIENT_HPP
#define MGW_NETLINK_CLIENT_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attributes.hpp"
#include "exchange.hpp"
#include "mgw/client.hpp"
#include "transport.hpp"

namespace mgw {

class NetlinkClient : public Client {
 public:
  /// How often a list is asked for again when the configuration changed
  /// meanwhile.
  static constexpr int max_attempts = 5;

  using Open = std::function<std::unique_ptr<Transport>()>;

  /// Events come over a socket of their own: there they cannot be taken for
  /// answers, nor push answers out.
  explicit NetlinkClient(Open open)
      : open_(std::move(open)), transport_(open_()) {}

  Info info() override;

  void add_service(const Service& service) override;
  void set_service(const Service& service) override;
  void del_service(const ServiceKey& key) override;
  Service get_service(const ServiceKey& key) override;
  Listing<Service> list_services() override;

  void add_rs(const Rs& rs) override;
  void set_rs(const Rs& rs) override;
  void del_rs(const RsKey& key) override;
  Rs get_rs(const RsKey& key) override;
  Listing<Rs> list_rs(const std::optional<ServiceKey>& service) override;

  void add_laddrs(const AddressRange& range, const Laddr& settings) override;
  void del_laddrs(const AddressRange& range) override;
  Listing<Laddr> list_laddrs() override;

  void attach_dev(const Dev& dev) override;
  void detach_dev(const Dev& dev) override;
  Dev get_dev(const Dev& dev) override;
  Listing<Dev> list_devs() override;

  DumpEnd list_sessions(const SessionFilter& filter,
                        const SessionVisitor& visit) override;
  std::uint64_t count_sessions(const SessionFilter& filter) override;
  std::uint64_t flush_sessions(const SessionFilter& filter) override;

  Listing<CpuCounters> list_counters() override;
  void zero_stats() override;

  void watch(const EventVisitor& visit, int stop_fd) override;

 private:
  using Encode = std::function<void(Message&)>;
  using Reply = std::function<void(const Attributes& top)>;

  struct FamilyIds {
    std::uint16_t family = 0;
    std::uint32_t group = 0;
  };

  FamilyIds resolve(const std::string& family, std::string_view group);
  /// Those of the module, as they were when last asked for.
  const FamilyIds& ids();
  /// Asks the module, also one that was loaded again meanwhile.
  DumpEnd ask(std::uint8_t command, std::uint16_t flags, const Encode& encode,
              const Reply& reply);
  /// Sends and reads until the kernel says it is done.
  DumpEnd exchange(Message& msg, const Reply& reply);

  void change(const std::string& object, std::uint8_t command,
              const Encode& encode);
  void change_laddrs(const AddressRange& range, std::uint8_t command,
                     Laddr laddr);
  void get(const std::string& object, std::uint8_t command,
           const Encode& encode, const Reply& reply);
  /// Interrupted when every attempt was: then what the last one had.
  template <typename T>
  Listing<T> list(const std::string& object, std::uint8_t command,
                  const Encode& encode, T (*decode)(const Attributes&));

  /// Listens to the module that is loaded now; tells when that is another.
  void follow(Transport& events, const EventVisitor& visit);
  /// Whether the controller tells that the module came or went.
  [[nodiscard]] bool tells_of_module(const Received& received) const;

  Open open_;
  std::unique_ptr<Transport> transport_;
  std::optional<FamilyIds> ids_;
  std::uint32_t sequence_ = 0;
};

}  // namespace mgw

#endif
