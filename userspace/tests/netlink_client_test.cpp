// SPDX-License-Identifier: GPL-2.0
/// The conversation with the kernel, from a script.
#include "netlink_client.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

#include "scripted_transport.hpp"

namespace mgw_test {

namespace {

using mgw::ErrorKind;

constexpr std::uint16_t family = 0x21;
constexpr std::uint16_t type_error = 2;
constexpr std::uint16_t type_done = 3;
constexpr std::uint16_t multi = 2;
constexpr std::uint16_t interrupted = 0x10;
constexpr std::uint16_t capped = 0x100;
constexpr std::uint16_t tlvs = 0x200;

Bytes ack(std::uint32_t sequence) {
  return message(type_error, capped, sequence,
                 raw(std::int32_t{0}) + Bytes(16));
}

Bytes refusal(std::uint32_t sequence, int code, const char* sentence) {
  auto payload = raw(std::int32_t{-code}) + Bytes(16);
  if (sentence == nullptr) {
    return message(type_error, capped, sequence, payload);
  }
  return message(type_error, capped | tlvs, sequence,
                 payload + str(1, sentence));
}

Bytes done(std::uint32_t sequence, std::uint16_t flags = multi) {
  return message(type_done, flags, sequence, raw(std::int32_t{0}));
}

/// What the controller tells: the numbers of the family and of its group.
Bytes told(std::uint8_t command, std::uint16_t id, std::uint32_t group,
           std::uint32_t sequence = 0, const char* name = "mgw",
           const char* group_name = "events") {
  return message(16, 0, sequence,
                 genl(command) + str(2, name) + attr(1, raw(id)) +
                     nest(7, nest(1, u32(2, group) + str(1, group_name))));
}
constexpr std::uint8_t loaded = 1;
constexpr std::uint8_t unloaded = 2;

Bytes family_reply(std::uint32_t sequence = 1, std::uint16_t id = family,
                   std::uint32_t group = 9) {
  return told(1, id, group, sequence) + ack(sequence);
}

Bytes controller_reply() {
  return told(1, 16, 16, 1, "nlctrl", "notify") + ack(1);
}

Bytes laddr_nest(std::uint8_t last) {
  return nest(4, attr(1, {10, 9, 2, last}));
}

Bytes laddr_message(std::uint32_t sequence, std::uint8_t last,
                    std::uint16_t flags = multi) {
  return message(family, flags, sequence, genl(12) + laddr_nest(last));
}

Bytes event(std::uint16_t id, std::uint8_t command) {
  return message(id, 0, 0, genl(command) + laddr_nest(1));
}

class NetlinkClient : public ::testing::Test {
 protected:
  void reply(std::optional<Bytes> bytes) {
    script_.replies.push_back(std::move(bytes));
  }
  mgw::Error error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const mgw::Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorKind::protocol, ""};
  }

  /// The names of all events until the script of events ends.
  std::vector<std::string> watch() {
    std::vector<std::string> names;
    client_.watch([&](const mgw::Event& event) { names.push_back(event.name); },
                  -1);
    return names;
  }

  /// Of requests, and of the second socket, that of events.
  Script script_;
  Script events_;
  bool is_open_ = false;
  mgw::NetlinkClient client_{[this] {
    return std::make_unique<ScriptedTransport>(
        std::exchange(is_open_, true) ? events_ : script_);
  }};
};

TEST_F(NetlinkClient, AsksForTheFamilyOnceThenSends) {
  reply(family_reply());
  reply(ack(2));
  reply(ack(3));
  client_.zero_stats();
  client_.zero_stats();
  ASSERT_EQ(script_.sent.size(), 3U);
  EXPECT_EQ(to_hex(script_.sent[0]), to_hex(from_hex(R"(
    1c 00 00 00  10 00 05 00  01 00 00 00  00 00 00 00
    03 02 00 00
    08 00 02 00  6d 67 77 00)")));
  EXPECT_EQ(to_hex(script_.sent[1]), to_hex(from_hex(R"(
    14 00 00 00  21 00 05 00  02 00 00 00  00 00 00 00
    11 01 00 00)")));
}

TEST_F(NetlinkClient, MissingFamilyIsAMissingModule) {
  reply(refusal(1, ENOENT, nullptr));
  const auto error = error_of([&] { client_.info(); });
  EXPECT_EQ(error.kind(), ErrorKind::module_missing);
  EXPECT_EQ(error.object(), "");
}

TEST_F(NetlinkClient, RefusalHasTheKernelsSentenceAndTheObject) {
  reply(family_reply());
  reply(refusal(2, EEXIST, "This service exists already"));
  mgw::Service service;
  service.key = {mgw::Proto::tcp, mgw::Endpoint::parse("10.0.0.1:80")};
  const auto error = error_of([&] { client_.add_service(service); });
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_EQ(error.object(), "service tcp 10.0.0.1:80");
  EXPECT_STREQ(error.what(), "This service exists already");
  EXPECT_EQ(error.code(), EEXIST);
}

TEST_F(NetlinkClient, FindsTheSentenceBehindTheEchoedRequest) {
  reply(family_reply());
  const auto request = message(family, 5, 2, genl(13) + laddr_nest(1));
  reply(message(
      type_error, tlvs, 2,
      raw(std::int32_t{-EINVAL}) + request + str(1, "No") + u32(2, 20)));
  const auto error = error_of(
      [&] { client_.del_laddrs(mgw::AddressRange::parse("10.9.2.1")); });
  EXPECT_STREQ(error.what(), "No");
  EXPECT_EQ(error.object(), "laddr 10.9.2.1");
}

TEST_F(NetlinkClient, NamesTheAddressOfARangeThatIsRefused) {
  const auto refused = [&](std::uint32_t sequence, const Bytes& more) {
    reply(
        message(type_error, capped | tlvs, sequence,
                raw(std::int32_t{-EEXIST}) + Bytes(16) + str(1, "No") + more));
    return error_of([&] {
      client_.add_laddrs(mgw::AddressRange::parse("10.9.2.254-10.9.3.2"), {});
    });
  };
  reply(family_reply());
  EXPECT_EQ(refused(2, u32(3, 2)).object(), "laddr 10.9.3.0");
  EXPECT_EQ(refused(3, u32(3, 0)).object(), "laddr 10.9.2.254");
  EXPECT_EQ(refused(4, {}).object(), "laddr 10.9.2.254-10.9.3.2");
  EXPECT_EQ(refused(5, u32(3, 0xffffffff)).object(),
            "laddr 10.9.2.254-10.9.3.2");
}

TEST_F(NetlinkClient, WithoutASentenceTheNumberHasOne) {
  reply(family_reply());
  reply(refusal(2, EINVAL, nullptr));
  EXPECT_STREQ(error_of([&] { client_.zero_stats(); }).what(),
               "Invalid argument");
  reply(refusal(3, ENOMEM, ""));
  EXPECT_STREQ(error_of([&] { client_.zero_stats(); }).what(),
               "Cannot allocate memory");
}

TEST_F(NetlinkClient, PermissionIsNoRefusal) {
  reply(family_reply());
  reply(refusal(2, EPERM, nullptr));
  const auto error = error_of([&] { client_.zero_stats(); });
  EXPECT_EQ(error.kind(), ErrorKind::permission);
  EXPECT_EQ(error.object(), "");
  EXPECT_NE(std::string(error.what()).find("CAP_NET_ADMIN"), std::string::npos);
}

TEST_F(NetlinkClient, UnknownRequestAsksForOneRelease) {
  reply(family_reply());
  reply(refusal(2, EOPNOTSUPP, nullptr));
  EXPECT_NE(std::string(error_of([&] { client_.zero_stats(); }).what())
                .find("one release"),
            std::string::npos);
}

TEST_F(NetlinkClient, DumpsSeveralDatagrams) {
  reply(family_reply());
  reply(laddr_message(2, 1) + laddr_message(2, 2));
  reply(laddr_message(2, 3));
  reply(done(2));
  EXPECT_EQ(client_.list_laddrs().items.size(), 3U);
  /* NLM_F_REQUEST | NLM_F_DUMP, no attribute */
  EXPECT_EQ(to_hex(script_.sent[1]), to_hex(from_hex(R"(
    14 00 00 00  21 00 01 03  02 00 00 00  00 00 00 00
    0c 01 00 00)")));
}

TEST_F(NetlinkClient, IgnoresAnswersToOthers) {
  reply(family_reply());
  reply(laddr_message(1, 9) + done(1));
  reply(laddr_message(2, 1) + done(2));
  const auto laddrs = client_.list_laddrs().items;
  ASSERT_EQ(laddrs.size(), 1U);
  EXPECT_EQ(laddrs[0].addr.to_string(), "10.9.2.1");
}

TEST_F(NetlinkClient, RefusedDumpSaysWhy) {
  reply(family_reply());
  reply(message(type_done, multi | tlvs, 2,
                raw(std::int32_t{-ENOENT}) + str(1, "No such service")));
  const auto error = error_of([&] { client_.list_services(); });
  EXPECT_STREQ(error.what(), "No such service");
}

TEST_F(NetlinkClient, InterruptedListIsAskedForAgain) {
  reply(family_reply());
  reply(laddr_message(2, 1) + laddr_message(2, 2, multi | interrupted));
  reply(done(2));
  reply(laddr_message(3, 3) + done(3));
  const auto laddrs = client_.list_laddrs().items;
  ASSERT_EQ(laddrs.size(), 1U);
  EXPECT_EQ(laddrs[0].addr.to_string(), "10.9.2.3");
}

TEST_F(NetlinkClient, InterruptionMayComeWithTheEnd) {
  reply(family_reply());
  reply(done(2, multi | interrupted));
  reply(laddr_message(3, 3) + done(3));
  EXPECT_EQ(client_.list_laddrs().items.size(), 1U);
}

TEST_F(NetlinkClient, GivesWhatThereIsAfterFiveInterruptions) {
  reply(family_reply());
  for (std::uint32_t attempt = 0; attempt < 5; attempt++) {
    reply(laddr_message(2 + attempt, 1) +
          done(2 + attempt, multi | interrupted));
  }
  const auto laddrs = client_.list_laddrs();
  EXPECT_EQ(laddrs.end, mgw::DumpEnd::interrupted);
  EXPECT_EQ(laddrs.items.size(), 1U);
  EXPECT_TRUE(script_.replies.empty());
  reply(done(7));
  EXPECT_EQ(client_.list_laddrs().end, mgw::DumpEnd::complete);
}

TEST_F(NetlinkClient, EveryListSaysWhetherItWasInterrupted) {
  const std::vector<std::function<mgw::DumpEnd()>> lists = {
      [&] { return client_.list_services().end; },
      [&] { return client_.list_rs(std::nullopt).end; },
      [&] { return client_.list_laddrs().end; },
      [&] { return client_.list_devs().end; },
      [&] { return client_.list_counters().end; }};
  reply(family_reply());
  std::uint32_t sequence = 2;
  for (const auto& list : lists) {
    for (int attempt = 0; attempt < 5; attempt++) {
      reply(done(sequence++, multi | interrupted));
    }
    EXPECT_EQ(list(), mgw::DumpEnd::interrupted);
    EXPECT_TRUE(script_.replies.empty());
  }
}

TEST_F(NetlinkClient, SessionsStreamAndReportAnInterruption) {
  const auto session =
      nest(5, u32(1, 17) + attr(2, {1, 1, 1, 1}) + attr(3, {2, 2, 2, 2}) +
                  attr(4, {3, 3, 3, 3}) + attr(5, {4, 4, 4, 4}) + be16(6, 1) +
                  be16(7, 2) + be16(8, 3) + be16(9, 4) + u32(10, 7));
  const auto bytes =
      message(family, multi | interrupted, 2, genl(13) + session);
  reply(family_reply());
  reply(bytes + bytes);
  reply(done(2));
  int seen = 0;
  const auto end = client_.list_sessions(
      {}, [&](const mgw::Session& s) { seen += s.rs.port == 4 ? 1 : 100; });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(end, mgw::DumpEnd::interrupted);
}

TEST_F(NetlinkClient, RsOfOneServiceEvenIfTheKernelListsAll) {
  const auto rs = [](std::uint16_t vport) {
    return message(
        family, multi, 2,
        genl(9) + nest(2, u32(1, 6) + attr(2, {10, 0, 0, 1}) + be16(3, vport)) +
            nest(3, attr(1, {10, 0, 1, 1}) + be16(2, 80)));
  };
  reply(family_reply());
  reply(rs(80) + rs(81));
  reply(done(2));
  const mgw::ServiceKey key{mgw::Proto::tcp,
                            mgw::Endpoint::parse("10.0.0.1:80")};
  const auto all = client_.list_rs(key).items;
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key.service, key);
}

TEST_F(NetlinkClient, CountsAreRead) {
  reply(family_reply());
  reply(message(family, 0, 2, genl(14) + u64(7, 5)) + ack(2));
  EXPECT_EQ(client_.count_sessions({}), 5U);
}

TEST_F(NetlinkClient, AnAnswerWithoutItsObjectIsAnError) {
  reply(family_reply());
  reply(ack(2));
  EXPECT_EQ(error_of([&] { client_.info(); }).kind(), ErrorKind::protocol);
}

TEST_F(NetlinkClient, EveryTruncatedDatagramIsAnError) {
  const auto whole = laddr_message(2, 1);
  for (std::size_t size = 1; size < whole.size(); size++) {
    Script script;
    mgw::NetlinkClient client(
        [&] { return std::make_unique<ScriptedTransport>(script); });
    script.replies.emplace_back(family_reply());
    auto part = whole;
    part.resize(size);
    script.replies.emplace_back(std::move(part));
    EXPECT_THROW(client.list_laddrs(), mgw::Error) << size;
  }
}

TEST_F(NetlinkClient, LostAnswersAreAnError) {
  reply(family_reply());
  reply(std::nullopt);
  EXPECT_EQ(error_of([&] { client_.list_laddrs(); }).kind(),
            ErrorKind::protocol);
}

TEST_F(NetlinkClient, WatchesTheGroupAndReportsLosses) {
  script_.replies = {controller_reply(), family_reply(2), family_reply(3)};
  events_.replies = {event(family, 10), std::nullopt, event(0x99, 10),
                     event(family, 11)};
  EXPECT_EQ(watch(),
            (std::vector<std::string>{"laddr_add", "lost", "laddr_del"}));
  EXPECT_EQ(events_.joined, (std::vector<std::uint32_t>{16, 9}));
  EXPECT_TRUE(script_.joined.empty());
}

TEST_F(NetlinkClient, AModuleLoadedAgainIsAskedByItsNewNumber) {
  script_.replies = {family_reply(),        ack(2), refusal(3, ENOENT, nullptr),
                     family_reply(4, 0x22), ack(5), ack(6)};
  client_.zero_stats();
  client_.zero_stats();
  client_.zero_stats();
  ASSERT_EQ(script_.sent.size(), 6U);
  EXPECT_EQ(script_.sent[2][4], 0x21);
  EXPECT_EQ(script_.sent[4][4], 0x22);
  EXPECT_EQ(script_.sent[5][4], 0x22);
}

TEST_F(NetlinkClient, AModuleThatWentAwayIsMissing) {
  script_.replies = {family_reply(), ack(2), refusal(3, ENOENT, nullptr),
                     refusal(4, ENOENT, nullptr)};
  client_.zero_stats();
  const auto error = error_of([&] { client_.list_laddrs(); });
  EXPECT_EQ(error.kind(), ErrorKind::module_missing);
  EXPECT_EQ(error.object(), "");
}

TEST_F(NetlinkClient, WhatIsNotThereIsLookedForOnce) {
  script_.replies = {family_reply(), refusal(2, ENOENT, nullptr),
                     family_reply(3), refusal(4, ENOENT, "No such laddr")};
  for (const auto* sentence : {"No such file or directory", "No such laddr"}) {
    const auto error = error_of(
        [&] { client_.del_laddrs(mgw::AddressRange::parse("10.9.2.1")); });
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_EQ(error.object(), "laddr 10.9.2.1");
    EXPECT_STREQ(error.what(), sentence);
  }
}

TEST_F(NetlinkClient, WatchingOutlivesTheModule) {
  script_.replies = {controller_reply(), family_reply(2),
                     refusal(3, ENOENT, nullptr), family_reply(4, 0x22, 11)};
  events_.replies = {event(family, 10),
                     told(unloaded, 0x30, 3, 0, "x"),
                     told(unloaded, family, 9),
                     told(loaded, 0x31, 3, 0, "y"),
                     told(loaded, 0x22, 11),
                     event(family, 10),
                     told(unloaded, family, 9),
                     told(loaded, 0x22, 11),
                     event(0x22, 11)};
  EXPECT_EQ(watch(), (std::vector<std::string>{"laddr_add", "module_unloaded",
                                               "module_loaded", "laddr_del"}));
  EXPECT_EQ(events_.joined, (std::vector<std::uint32_t>{16, 9, 11}));
}

TEST_F(NetlinkClient, AReloadAmongLostEventsIsTold) {
  script_.replies = {controller_reply(), family_reply(2),
                     family_reply(3, 0x22, 11), refusal(4, ENOENT, nullptr)};
  events_.replies = {std::nullopt, event(0x22, 10), std::nullopt};
  EXPECT_EQ(watch(), (std::vector<std::string>{"lost", "module_unloaded",
                                               "module_loaded", "laddr_add",
                                               "lost", "module_unloaded"}));
  EXPECT_EQ(events_.joined, (std::vector<std::uint32_t>{16, 9, 11}));
}

TEST_F(NetlinkClient, WatchingBeginsWithAModule) {
  script_.replies = {controller_reply(), refusal(2, ENOENT, nullptr)};
  EXPECT_EQ(error_of([&] { watch(); }).kind(), ErrorKind::module_missing);
}

/* It went between the answer and the joining, and comes back. */
TEST_F(NetlinkClient, AGroupThatWentAwayIsWaitedFor) {
  script_.replies = {controller_reply(), family_reply(2),
                     family_reply(3, 0x22, 11), family_reply(4, 0x22, 11),
                     family_reply(5, 0x23, 12)};
  events_.gone = {11};
  events_.replies = {told(unloaded, family, 9), told(loaded, 0x22, 11),
                     told(unloaded, 0x22, 11), told(loaded, 0x23, 12)};
  EXPECT_EQ(watch(),
            (std::vector<std::string>{"module_unloaded", "module_loaded"}));
  EXPECT_EQ(events_.joined, (std::vector<std::uint32_t>{16, 9, 12}));
}

}  // namespace

}  // namespace mgw_test
