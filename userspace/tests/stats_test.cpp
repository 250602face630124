// SPDX-License-Identifier: GPL-2.0
#include "mgw/stats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "fake_client.hpp"

namespace mgw_test {

namespace {

/// The names of enum mgw_counter, read from the header's text.
std::vector<std::string> counters_of_header() {
  std::ifstream file(MGW_UAPI_HEADER);
  std::vector<std::string> names;
  const std::regex entry("\\s+MGW_COUNTER_([A-Z_]+),.*");
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, match, entry) && match[1] != "UNSPEC") {
      std::string name = match[1];
      for (auto& c : name) {
        c = static_cast<char>(std::tolower(c));
      }
      names.push_back(name);
    }
  }
  return names;
}

FakeKernel two_cpus() {
  FakeKernel kernel;
  for (std::uint32_t cpu = 0; cpu < 2; cpu++) {
    mgw::CpuCounters counters;
    counters.cpu = cpu * 2;
    for (std::size_t i = 0; i < counters.values.size(); i++) {
      counters.values[i] = std::uint64_t{cpu} * 100 + i;
    }
    kernel.counters.push_back(counters);
  }
  return kernel;
}

/* The sum of a counter's values in two_cpus(). */
std::uint64_t total_of(std::string_view name) {
  const auto found =
      std::ranges::find(mgw::counter_table(), name, &mgw::CounterInfo::name);
  const auto index =
      std::ranges::distance(std::ranges::begin(mgw::counter_table()), found);
  return 100 + 2 * static_cast<std::uint64_t>(index);
}

TEST(Stats, TableHasTheNamesOfTheHeader) {
  std::vector<std::string> names;
  for (const auto& counter : mgw::counter_table()) {
    names.emplace_back(counter.name);
    EXPECT_EQ(counter.is_drop, counter.name.starts_with("drop_"))
        << counter.name;
    EXPECT_FALSE(counter.meaning.empty()) << counter.name;
  }
  EXPECT_EQ(names, counters_of_header());
  EXPECT_GT(names.size(), 30U);
}

TEST(Stats, TextHasOneTotalALine) {
  auto kernel = two_cpus();
  const auto result = run(kernel, "stats show");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out.substr(0, result.out.find("bytes_from_rs")),
            "packets_from_client   100\n"
            "bytes_from_client     102\n"
            "packets_from_rs       104\n");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'),
            static_cast<long>(mgw::counter_table().size()));
}

TEST(Stats, DropsComeWithTheirMeaning) {
  auto kernel = two_cpus();
  const auto text = run(kernel, "stats show --drops").out;
  EXPECT_NE(text.find("drop_no_rs            " +
                      std::to_string(total_of("drop_no_rs")) +
                      "  service has no rs with a "
                      "weight\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("packets_from"), std::string::npos);
  EXPECT_LE(width(text), mgwadm::text_width);
}

TEST(Stats, MeaningsFitBesideTheLargestNumber) {
  auto kernel = two_cpus();
  for (auto& value : kernel.counters[0].values) {
    value = std::numeric_limits<std::uint64_t>::max() / 2;
  }
  EXPECT_LE(width(run(kernel, "stats show --drops").out), mgwadm::text_width);
}

TEST(Stats, PerCpuHasAColumnForEach) {
  auto kernel = two_cpus();
  const auto text = run(kernel, "stats show --per-cpu").out;
  EXPECT_EQ(text.substr(0, text.find("bytes_from_client")),
            "                      total  cpu0  cpu2\n"
            "packets_from_client     100     0   100\n");
}

TEST(Stats, ManyCpusWrapIntoBlocks) {
  FakeKernel kernel;
  for (std::uint32_t cpu = 0; cpu < 64; cpu++) {
    mgw::CpuCounters counters;
    counters.cpu = cpu;
    counters.values[1] = 1ULL << cpu;
    kernel.counters.push_back(counters);
  }
  for (const auto* line :
       {"stats show --per-cpu", "stats show --per-cpu --drops"}) {
    const auto text = run(kernel, line).out;
    EXPECT_LE(width(text), mgwadm::text_width);
    EXPECT_NE(text.find("cpu63"), std::string::npos);
  }
}

TEST(Stats, Json) {
  auto kernel = two_cpus();
  const auto all = nlohmann::json::parse(run(kernel, "-j stats show").out);
  EXPECT_EQ(all.size(), 1U);
  EXPECT_EQ(all.at("counters").size(), mgw::counter_table().size());
  EXPECT_EQ(all.at("counters").at("bytes_from_client"), 102);

  const auto drops =
      nlohmann::json::parse(run(kernel, "-j stats show --drops").out);
  EXPECT_EQ(
      drops.at("counters").size(),
      std::ranges::count_if(mgw::counter_table(), &mgw::CounterInfo::is_drop));
  EXPECT_EQ(drops.at("counters").at("drop_no_rs"), total_of("drop_no_rs"));

  const auto split =
      nlohmann::json::parse(run(kernel, "stats show --per-cpu -j").out);
  EXPECT_EQ(split.at("counters"), all.at("counters"));
  ASSERT_EQ(split.at("cpus").size(), 2U);
  EXPECT_EQ(split.at("cpus")[1].at("cpu"), 2);
  EXPECT_EQ(split.at("cpus")[1].at("counters").at("bytes_from_client"), 101);
}

TEST(Stats, BeforeTheFirstCpu) {
  FakeKernel kernel;
  EXPECT_EQ(run(kernel, "stats show").code, 0);
  EXPECT_EQ(run(kernel, "stats show --per-cpu").code, 0);
  const auto json =
      nlohmann::json::parse(run(kernel, "stats show --per-cpu -j").out);
  EXPECT_TRUE(json.at("cpus").empty());
}

}  // namespace

}  // namespace mgw_test
