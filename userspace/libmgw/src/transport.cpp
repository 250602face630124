// SPDX-License-Identifier: GPL-2.0
#include "transport.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "mgw/error.hpp"
#include "mgw/file_descriptor.hpp"

namespace mgw {

namespace {

/* The kernel fills datagrams of a dump up to 32 KiB. */
constexpr std::size_t message_buffer_size = 65536;
constexpr int socket_buffer_size = 1048576;

struct SocketDeleter {
  void operator()(nl_sock* sock) const { nl_socket_free(sock); }
};

struct FreeDeleter {
  void operator()(unsigned char* buffer) const {
    std::free(buffer);  // NOLINT: libnl allocates with malloc()
  }
};

[[noreturn]] void throw_libnl(const char* doing, int error) {
  throw Error(ErrorKind::protocol,
              fmt::format("{}: {}", doing, nl_geterror(error)));
}

class NetlinkTransport : public Transport {
 public:
  NetlinkTransport();

  void send(ByteView message) override;
  std::optional<Bytes> receive() override;
  void join(std::uint32_t group) override;
  bool wait(int stop_fd) override;

 private:
  void set_receive_buffer();
  void enable(int option, bool required);

  std::unique_ptr<nl_sock, SocketDeleter> sock_;
};

NetlinkTransport::NetlinkTransport() : sock_(nl_socket_alloc()) {
  if (!sock_) {
    throw std::bad_alloc();
  }
  const int error = nl_connect(sock_.get(), NETLINK_GENERIC);
  if (error < 0) {
    throw_libnl("cannot open a netlink socket", error);
  }
  nl_socket_set_msg_buf_size(sock_.get(), message_buffer_size);
  nl_socket_enable_msg_peek(sock_.get());
  set_receive_buffer();
  enable(NETLINK_EXT_ACK, true);
  enable(NETLINK_CAP_ACK, false);
  enable(NETLINK_GET_STRICT_CHK, false);
}

/// Beyond net.core.rmem_max, for those who may: a burst of events is no reason
/// to lose some.
void NetlinkTransport::set_receive_buffer() {
  if (setsockopt(nl_socket_get_fd(sock_.get()), SOL_SOCKET, SO_RCVBUFFORCE,
                 &socket_buffer_size, sizeof(socket_buffer_size)) < 0) {
    nl_socket_set_buffer_size(sock_.get(), socket_buffer_size, 0);
  }
}

void NetlinkTransport::enable(int option, bool required) {
  const int on = 1;
  const int result = setsockopt(nl_socket_get_fd(sock_.get()), SOL_NETLINK,
                                option, &on, sizeof(on));
  if (result < 0 && required) {
    throw Error(ErrorKind::protocol,
                "cannot set up a netlink socket: " + errno_sentence(errno),
                errno);
  }
}

void NetlinkTransport::send(ByteView message) {
  /* libnl does not write to the buffer, it only lacks the const. */
  Bytes copy(message.begin(), message.end());
  const int sent = nl_sendto(sock_.get(), copy.data(), copy.size());
  if (sent < 0) {
    throw_libnl("cannot send to the kernel", sent);
  }
}

std::optional<Bytes> NetlinkTransport::receive() {
  while (true) {
    sockaddr_nl from{};
    unsigned char* raw = nullptr;
    const int size = nl_recv(sock_.get(), &from, &raw, nullptr);
    const std::unique_ptr<unsigned char, FreeDeleter> buffer(raw);
    /* libnl folds ENOBUFS, messages lost, into its NLE_NOMEM. */
    if (size == -NLE_NOMEM) {
      return std::nullopt;
    }
    if (size < 0) {
      throw_libnl("cannot receive from the kernel", size);
    }
    if (size == 0) {
      throw Error(ErrorKind::protocol, "the kernel closed the socket");
    }
    /* Any process may send to this socket; only the kernel is believed. */
    if (from.nl_pid == 0) {
      const ByteView view(buffer.get(), static_cast<std::size_t>(size));
      return Bytes(view.begin(), view.end());
    }
  }
}

void NetlinkTransport::join(std::uint32_t group) {
  const int error =
      nl_socket_add_membership(sock_.get(), static_cast<int>(group));
  if (error == -NLE_PERM) {
    throw Error(ErrorKind::permission, errno_sentence(EPERM), EPERM);
  }
  /* Gone since its number was asked for. */
  if (error == -NLE_OBJ_NOTFOUND) {
    throw Error(ErrorKind::module_missing, errno_sentence(ENOENT), ENOENT);
  }
  if (error < 0) {
    throw_libnl("cannot listen to events", error);
  }
}

bool NetlinkTransport::wait(int stop_fd) {
  std::array<pollfd, 2> fds{
      {{nl_socket_get_fd(sock_.get()), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
  while (true) {
    const int ready = poll(fds.data(), fds.size(), -1);
    if (ready < 0 && errno != EINTR) {
      throw Error(ErrorKind::protocol,
                  "cannot wait for events: " + errno_sentence(errno), errno);
    }
    if (ready > 0) {
      return fds[1].revents == 0;
    }
  }
}

}  // namespace

std::unique_ptr<Transport> open_netlink() {
  return std::make_unique<NetlinkTransport>();
}

namespace {

Error open_error(const std::string& path, int code) {
  if (code == ENOENT) {
    return {ErrorKind::netns,
            fmt::format("{} does not exist: give a name that 'ip netns list' "
                        "shows, or a path",
                        path),
            code};
  }
  if (code == EACCES || code == EPERM) {
    return {ErrorKind::permission, "you may not open it: run as root", code};
  }
  return {ErrorKind::netns,
          fmt::format("cannot open {}: {}", path, errno_sentence(code)), code};
}

Error enter_error(const std::string& path, int code) {
  if (code == EPERM) {
    return {ErrorKind::permission,
            "to enter it needs CAP_SYS_ADMIN: run as root", code};
  }
  return {ErrorKind::netns,
          code == EINVAL ? fmt::format("{} is no network namespace", path)
                         : "cannot enter it: " + errno_sentence(code),
          code};
}

}  // namespace

void enter_netns(const std::string& netns) {
  const bool is_path = netns.find('/') != std::string::npos;
  const std::string path = is_path ? netns : "/run/netns/" + netns;
  const FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    throw open_error(path, errno).about("network namespace " + netns);
  }
  if (setns(fd.get(), CLONE_NEWNET) < 0) {
    throw enter_error(path, errno).about("network namespace " + netns);
  }
}

}  // namespace mgw
