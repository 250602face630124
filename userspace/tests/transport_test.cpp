// SPDX-License-Identifier: GPL-2.0
/// The socket itself, against the part of generic netlink every kernel has.
#include "transport.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "attributes.hpp"
#include "exchange.hpp"
#include "mgw/client.hpp"
#include "mgw/error.hpp"

namespace mgw_test {

namespace {

constexpr std::uint16_t controller = 16;
constexpr std::uint8_t get_family = 3;
constexpr std::uint16_t dump = 0x300;
constexpr std::uint16_t done = 3;
constexpr int family_name = 2;

TEST(Transport, DumpsTheFamiliesOfTheKernel) {
  const auto transport = mgw::open_netlink();
  mgw::Message msg(controller, get_family, 1, dump);
  msg.set_sequence(77);
  transport->send(msg.bytes());
  std::vector<std::string> names;
  bool ended = false;
  while (!ended) {
    const auto datagram = transport->receive();
    ASSERT_TRUE(datagram);
    mgw::for_each_message(*datagram, [&](const mgw::Received& received) {
      EXPECT_EQ(received.sequence, 77U);
      if (received.type == done) {
        EXPECT_EQ(mgw::outcome(received), std::nullopt);
        ended = true;
        return;
      }
      names.push_back(
          *mgw::Attributes(received.attributes()).string(family_name));
    });
  }
  EXPECT_NE(std::find(names.begin(), names.end(), "nlctrl"), names.end());
}

TEST(Transport, AKernelRefusalIsRead) {
  const auto transport = mgw::open_netlink();
  mgw::Message msg(controller, get_family, 1, 0);
  msg.put_string(family_name, "no such");
  transport->send(msg.bytes());
  const auto datagram = transport->receive();
  ASSERT_TRUE(datagram);
  int errors = 0;
  mgw::for_each_message(*datagram, [&](const mgw::Received& received) {
    const auto error = mgw::outcome(received);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ENOENT);
    errors++;
  });
  EXPECT_EQ(errors, 1);
}

TEST(Transport, WaitingStopsWhenTold) {
  const auto transport = mgw::open_netlink();
  const int stop = eventfd(1, EFD_CLOEXEC);
  ASSERT_GE(stop, 0);
  EXPECT_FALSE(transport->wait(stop));
  std::uint64_t value = 0;
  ASSERT_EQ(read(stop, &value, sizeof(value)), 8);
  mgw::Message msg(controller, get_family, 1, dump);
  transport->send(msg.bytes());
  EXPECT_TRUE(transport->wait(stop));
  close(stop);
}

/// The netlink socket that this process has opened last.
int netlink_socket() {
  int found = -1;
  for (int fd = 0; fd < 64; fd++) {
    int domain = 0;
    socklen_t size = sizeof(domain);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
        domain == AF_NETLINK) {
      found = fd;
    }
  }
  return found;
}

/* The limit for all is 208 KiB; bursts of events and dumps are larger. */
TEST(Transport, HasRoomBeyondTheLimitOfOrdinaryUsers) {
  const auto transport = mgw::open_netlink();
  const int fd = netlink_socket();
  ASSERT_GE(fd, 0);
  constexpr int wanted = 1048576;
  int size = 0;
  socklen_t length = sizeof(size);
  ASSERT_EQ(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length), 0);
  const int plain = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool may = setsockopt(plain, SOL_SOCKET, SO_RCVBUFFORCE, &wanted,
                              sizeof(wanted)) == 0;
  close(plain);
  if (!may) {
    GTEST_SKIP() << "needs CAP_NET_ADMIN";
  }
  EXPECT_GE(size, wanted);
}

/* As nobody, as far as root can be: others are nobody enough. */
TEST(Netns, OneThatMayNotBeOpenedIsAMatterOfPermission) {
  constexpr uid_t nobody = 65534;
  const bool is_root = geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(seteuid(nobody), 0);
  }
  try {
    mgw::enter_netns("/proc/1/ns/net");
    ADD_FAILURE() << "no error";
  } catch (const mgw::Error& error) {
    EXPECT_EQ(error.kind(), mgw::ErrorKind::permission);
    EXPECT_EQ(error.object(), "network namespace /proc/1/ns/net");
    EXPECT_STREQ(error.what(), "you may not open it: run as root");
  }
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
}

TEST(Netns, WrongNamesAreNamed) {
  try {
    mgw::enter_netns("no-such-namespace");
    FAIL();
  } catch (const mgw::Error& error) {
    EXPECT_EQ(error.kind(), mgw::ErrorKind::netns);
    EXPECT_EQ(error.object(), "network namespace no-such-namespace");
    EXPECT_STREQ(error.what(),
                 "/run/netns/no-such-namespace does not exist: give a name "
                 "that 'ip netns list' shows, or a path");
  }
  try {
    mgw::enter_netns("/dev/null");
    FAIL();
  } catch (const mgw::Error& error) {
    EXPECT_EQ(error.kind(), mgw::ErrorKind::netns);
    EXPECT_STREQ(error.what(), "/dev/null is no network namespace");
  }
}

}  // namespace

}  // namespace mgw_test
