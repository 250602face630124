// SPDX-License-Identifier: GPL-2.0
/// stats show, zero
#include <fmt/format.h>

#include <numeric>

#include "command.hpp"

namespace mgwadm {

namespace {

/// One counter with its values on every CPU.
struct Row {
  const mgw::CounterInfo& info;
  std::vector<std::uint64_t> per_cpu;

  [[nodiscard]] std::uint64_t total() const {
    return std::accumulate(per_cpu.begin(), per_cpu.end(), std::uint64_t{0});
  }
};

std::vector<Row> select_rows(const std::vector<mgw::CpuCounters>& cpus,
                             bool only_drops) {
  std::vector<Row> rows;
  const auto table = mgw::counter_table();
  for (std::size_t i = 0; i < table.size(); i++) {
    if (only_drops && !table[i].is_drop) {
      continue;
    }
    Row row{table[i], {}};
    for (const auto& cpu : cpus) {
      row.per_cpu.push_back(cpu.values.at(i));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void print_json(Output& output, const std::vector<Row>& rows,
                const std::vector<mgw::CpuCounters>& cpus, bool per_cpu) {
  output.begin_object(Layout::lines, "");
  output.begin_group("counters");
  for (const auto& row : rows) {
    output.number(row.info.name, row.total());
  }
  output.end_group();
  if (per_cpu) {
    output.begin_array("cpus");
    for (std::size_t i = 0; i < cpus.size(); i++) {
      output.begin_group("");
      output.number("cpu", cpus[i].cpu);
      output.begin_group("counters");
      for (const auto& row : rows) {
        output.number(row.info.name, row.per_cpu[i]);
      }
      output.end_group();
      output.end_group();
    }
    output.end_array();
  }
  output.end_object();
}

std::string text_per_cpu(const std::vector<Row>& rows,
                         const std::vector<mgw::CpuCounters>& cpus) {
  std::vector<std::vector<std::string>> grid;
  auto& heading = grid.emplace_back(std::vector<std::string>{"", "total"});
  for (const auto& cpu : cpus) {
    heading.push_back(fmt::format("cpu{}", cpu.cpu));
  }
  for (const auto& row : rows) {
    auto& line = grid.emplace_back();
    line.emplace_back(row.info.name);
    line.push_back(std::to_string(row.total()));
    for (const auto value : row.per_cpu) {
      line.push_back(std::to_string(value));
    }
  }
  return layout_blocks(grid);
}

std::string text_totals(const std::vector<Row>& rows, bool with_meaning) {
  Cells cells;
  for (const auto& row : rows) {
    cells.push_back(
        {std::string(row.info.name), std::to_string(row.total()), true});
  }
  auto lines = layout_lines(cells);
  if (!with_meaning) {
    return lines;
  }
  std::string text;
  std::size_t start = 0;
  for (const auto& row : rows) {
    const auto end = lines.find('\n', start);
    text += fmt::format("{}  {}\n", lines.substr(start, end - start),
                        row.info.meaning);
    start = end + 1;
  }
  return text;
}

void show_stats(Context& context, const Arguments& args) {
  const bool only_drops = args.has("--drops");
  const bool per_cpu = args.has("--per-cpu");
  const auto listing = context.client().list_counters();
  const auto& cpus = listing.items;
  const auto rows = select_rows(cpus, only_drops);
  auto& output = context.output();
  if (output.is_json()) {
    print_json(output, rows, cpus, per_cpu);
  } else {
    output.text(per_cpu ? text_per_cpu(rows, cpus)
                        : text_totals(rows, only_drops));
  }
  context.note_if_torn(listing.end);
}

void zero(Context& context, const Arguments& /*args*/) {
  context.client().zero_stats();
}

}  // namespace

Noun stats_noun() {
  return {
      "stats",
      "counters, drop reasons",
      {
          {"show",
           {},
           {0},
           {{"--per-cpu", "", "a column for each CPU"},
            {"--drops", "",
             "only why packets were dropped, and what it means"}},
           show_stats},
          {"zero", {}, {0}, {}, zero},
      },
      {"Counters since the first laddr or service, or since 'zero', which "
       "zeroes those of services and rs too. No packet is dropped without one "
       "of the drop counters."},
      {"mgwadm stats show --drops", "mgwadm -j stats show --per-cpu"},
  };
}

}  // namespace mgwadm
