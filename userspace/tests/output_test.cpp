// SPDX-License-Identifier: GPL-2.0
#include "output.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>
#include <streambuf>

#include "fake_client.hpp"

namespace mgw_test {

namespace {

/// Takes `room` bytes, then fails as a closed pipe does.
class FullBuffer : public std::streambuf {
 public:
  FullBuffer(std::size_t room, int code) : room_(room), code_(code) {}

 protected:
  int_type overflow(int_type c) override {
    if (room_ == 0) {
      errno = code_;
      return traits_type::eof();
    }
    room_--;
    return c;
  }

 private:
  std::size_t room_;
  int code_;
};

int run_into(std::streambuf& buffer, std::string& errors) {
  FakeKernel kernel;
  kernel.info = {"0.1.0", 256, 65536, 1000};
  std::ostream out(&buffer);
  std::ostringstream err;
  const auto connect = [&kernel](const std::optional<std::string>& /*netns*/)
      -> std::unique_ptr<mgw::Client> {
    return std::make_unique<FakeClient>(kernel);
  };
  const int code = mgwadm::run({"version"}, out, err, connect);
  errors = err.str();
  return code;
}

TEST(Output, AClosedPipeIsQuiet) {
  FullBuffer buffer(5, EPIPE);
  std::string errors;
  EXPECT_EQ(run_into(buffer, errors), 0);
  EXPECT_EQ(errors, "");
}

TEST(Output, AFullDiskIsNot) {
  FullBuffer buffer(5, ENOSPC);
  std::string errors;
  EXPECT_EQ(run_into(buffer, errors), 1);
  EXPECT_EQ(errors,
            "mgwadm: cannot write the output: No space left on device\n");
}

TEST(Output, JsonEscapesWhatTheKernelSays) {
  std::ostringstream out;
  mgwadm::Output output(out, mgwadm::Format::json);
  output.begin_object(mgwadm::Layout::line, "");
  output.word("a", std::string("q\"\\\n\x01"));
  output.word("b", std::string("\xff\xfe"));
  output.flag("c", true);
  output.number_or_none("d", std::nullopt);
  output.number("e", std::uint64_t{18446744073709551615U});
  output.end_object();
  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json.at("a"), "q\"\\\n\x01");
  EXPECT_EQ(json.at("c"), true);
  EXPECT_TRUE(json.at("d").is_null());
  EXPECT_EQ(json.at("e"), 18446744073709551615U);
}

TEST(Output, JsonListIsValidWhateverItsLength) {
  for (std::size_t size = 0; size < 4; size++) {
    std::ostringstream out;
    mgwadm::Output output(out, mgwadm::Format::json);
    output.begin_list(mgwadm::Layout::record, "x");
    for (std::size_t i = 0; i < size; i++) {
      output.begin_object();
      output.number("i", std::uint64_t{i});
      output.begin_rows("rows", "");
      for (std::size_t j = 0; j < i; j++) {
        output.begin_object();
        output.end_object();
      }
      output.end_rows();
      output.end_object();
    }
    output.end_list();
    const auto json = nlohmann::json::parse(out.str());
    ASSERT_EQ(json.size(), size);
    for (std::size_t i = 0; i < size; i++) {
      EXPECT_EQ(json[i].at("rows").size(), i);
    }
    /* One object a line, so that a stream can be cut into lines. */
    const auto text = out.str();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
              static_cast<long>(size == 0 ? 1 : size + 2));
  }
}

}  // namespace

}  // namespace mgw_test
