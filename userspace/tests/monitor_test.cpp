// SPDX-License-Identifier: GPL-2.0
/// Events as lines, and how they end.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "fake_client.hpp"
#include "samples.hpp"

namespace mgw_test {

namespace {

constexpr int patience_ms = 20000;

FakeKernel kernel_with_events() {
  FakeKernel kernel;
  const auto key = service_key(mgw::Proto::tcp, "10.9.0.1:80");
  mgw::Event add;
  add.name = "service_add";
  add.service = make_service(key);
  mgw::Event del;
  del.name = "rs_del";
  del.rs = mgw::Rs{};
  del.rs->key = {key, mgw::Endpoint::parse("10.9.1.2:8080")};
  mgw::Event exhausted;
  exhausted.name = "laddr_exhausted";
  exhausted.laddr = mgw::Laddr{};
  exhausted.laddr->addr = mgw::Address::parse("10.9.2.1");
  mgw::Event flush;
  flush.name = "session_flush";
  flush.filter = mgw::SessionFilter{};
  flush.filter->client = mgw::PartialEndpoint::parse("198.51.100.7");
  flush.filter->service = key;
  flush.count = 7;
  mgw::Event gone;
  gone.name = "dev_detach";
  gone.dev = mgw::Dev{"eth0", 2};
  mgw::Event lost;
  lost.name = "lost";
  mgw::Event unloaded;
  unloaded.name = "module_unloaded";
  mgw::Event loaded;
  loaded.name = "module_loaded";
  kernel.events = {add, del, exhausted, flush, gone, lost, unloaded, loaded};
  return kernel;
}

TEST(Monitor, EventsAsText) {
  auto kernel = kernel_with_events();
  const auto result = run(kernel, "monitor");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "service_add tcp 10.9.0.1:80 sched wlc mode fullnat pool default "
            "timestamps strip rs_count 2 sessions 12 sessions_total 88\n"
            "rs_del tcp 10.9.0.1:80 10.9.1.2:8080\n"
            "laddr_exhausted laddr 10.9.2.1\n"
            "session_flush client 198.51.100.7 service tcp 10.9.0.1:80 "
            "count 7\n"
            "dev_detach ifname eth0 ifindex 2\n"
            "lost\n"
            "module_unloaded\n"
            "module_loaded\n");
  EXPECT_EQ(result.err,
            "mgwadm: events were lost: they came faster than they are read, or "
            "the kernel had no memory for them\n"
            "mgwadm: the module was unloaded: waiting for it\n"
            "mgwadm: the module is back, with nothing configured\n");
}

TEST(Monitor, NamesOfDevsSayNothingToATerminal) {
  FakeKernel kernel;
  mgw::Event gone;
  gone.name = "dev_detach";
  gone.dev = mgw::Dev{"\x1b[2J\xff", 2};
  kernel.events = {gone};
  EXPECT_EQ(run(kernel, "monitor").out,
            "dev_detach ifname \\x1b[2J\\xff ifindex 2\n");
  EXPECT_EQ(nlohmann::json::parse(run(kernel, "-j monitor").out).at("ifname"),
            "\x1b[2J\ufffd");
}

TEST(Monitor, EventsAsJson) {
  auto kernel = kernel_with_events();
  std::istringstream lines(run(kernel, "-j monitor").out);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    names.push_back(nlohmann::json::parse(line).at("event"));
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "service_add", "rs_del", "laddr_exhausted", "session_flush",
                "dev_detach", "lost", "module_unloaded", "module_loaded"}));
  EXPECT_NE(run(kernel, "-j monitor")
                .out.find(R"({"event":"session_flush",)"
                          R"("caddr":"198.51.100.7","proto":"tcp",)"
                          R"("vaddr":"10.9.0.1","vport":80,"count":7})"),
            std::string::npos);
}

TEST(Monitor, EndsWithASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    auto kernel = kernel_with_events();
    kernel.stop_with = signal;
    kernel.wait_ms = patience_ms;
    EXPECT_EQ(run(kernel, "monitor").code, 0);
    EXPECT_EQ(kernel.log, std::vector<std::string>{"stopped"});
  }
}

/// `mgwadm monitor` in a process of its own, which writes into a pipe.
class Child {
 public:
  explicit Child(FakeKernel& kernel) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = ends[0];
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      dup2(ends[1], STDOUT_FILENO);
      _exit(child(kernel));
    }
    close(ends[1]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;
  ~Child() { leave(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// How many bytes nobody has read.
  [[nodiscard]] int unread() const {
    int count = 0;
    ioctl(reader_, FIONREAD, &count);
    return count;
  }
  void leave() {
    if (reader_ >= 0) {
      close(std::exchange(reader_, -1));
    }
  }
  /// Its exit code; -1 when it has to be killed.
  [[nodiscard]] int wait() const {
    int status = 0;
    for (int waited = 0; waited < patience_ms; waited += step_ms) {
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      poll(nullptr, 0, step_ms);
    }
    kill(pid_, SIGKILL);
    waitpid(pid_, &status, 0);
    return -1;
  }

  static constexpr int step_ms = 10;

 private:
  static int child(FakeKernel& kernel) {
    std::signal(SIGPIPE, SIG_IGN);
    std::ostringstream err;
    const auto connect = [&kernel](const std::optional<std::string>&) {
      return std::make_unique<FakeClient>(kernel);
    };
    const int code = mgwadm::run({"monitor"}, std::cout, err, connect);
    const bool is_stopped =
        kernel.log.empty() || kernel.log.back() == "stopped";
    return err.str().empty() && is_stopped ? code : 99;
  }

  int reader_ = -1;
  pid_t pid_ = -1;
};

TEST(Monitor, EndsWithASignalWhileNobodyReads) {
  for (const int signal : {SIGINT, SIGTERM}) {
    FakeKernel kernel;
    mgw::Event event;
    event.name = std::string(1000, 'x');
    kernel.events.assign(1000, event);
    const Child child(kernel);
    /* Until the pipe is full but for less than one event. */
    for (int waited = 0; child.unread() < 64000 && waited < patience_ms;
         waited += Child::step_ms) {
      poll(nullptr, 0, Child::step_ms);
    }
    kill(child.pid(), signal);
    EXPECT_EQ(child.wait(), 0);
  }
}

TEST(Monitor, EndsWhenItsReaderLeaves) {
  FakeKernel kernel;
  kernel.wait_ms = patience_ms / 2;
  Child child(kernel);
  child.leave();
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace

}  // namespace mgw_test
