// SPDX-License-Identifier: GPL-2.0
/// session show, count, flush
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "command.hpp"
#include "describe.hpp"

namespace mgwadm {

namespace {

/* One more than the limit is asked for, to know whether there are more. */
constexpr std::uint64_t limit_max =
    std::numeric_limits<std::uint32_t>::max() - 1;

const std::vector<Option>& filter_options() {
  static const std::vector<Option> options = {
      {"--client", "ADDR[:PORT]", "only sessions of this client"},
      {"--service", "tcp|udp|fwmark VADDR:PORT|MARK",
       "only sessions of this service"},
      {"--laddr", "ADDR[:PORT]", "only sessions with this laddr"},
      {"--rs", "ADDR[:PORT]", "only sessions with this rs"},
  };
  return options;
}

std::vector<Option> filters_and(const Option& option) {
  auto options = filter_options();
  options.push_back(option);
  return options;
}

mgw::SessionFilter read_filter(const Arguments& args) {
  mgw::SessionFilter filter;
  filter.client = args.value("--client", mgw::PartialEndpoint::parse);
  filter.laddr = args.value("--laddr", mgw::PartialEndpoint::parse);
  filter.rs = args.value("--rs", mgw::PartialEndpoint::parse);
  const auto service = args.values("--service");
  if (!service.empty()) {
    const auto proto =
        Arguments::read("--service", service.at(0), mgw::parse_service_kind);
    if (proto) {
      filter.service = mgw::ServiceKey{
          *proto,
          Arguments::read("--service", service.at(1), mgw::Endpoint::parse)};
    } else {
      filter.fwmark =
          Arguments::read("--service", service.at(1), mgw::parse_fwmark);
    }
  }
  return filter;
}

/// Runs a dump; when it fails in its midst, the error says that.
template <typename Dump>
mgw::DumpEnd run_dump(Output& output, const std::uint64_t& shown, Dump&& dump) {
  try {
    return std::forward<Dump>(dump)();
  } catch (const mgw::Error& error) {
    if (shown == 0) {
      throw;
    }
    output.break_off_list();
    throw mgw::Error(error.kind(),
                     fmt::format("{} (the list ends early, after {} of them)",
                                 error.what(), shown),
                     error.code())
        .about(error.object());
  }
}

void show_sessions(Context& context, const Arguments& args) {
  auto filter = read_filter(args);
  const auto limit = args.value("--limit", [](std::string_view text) {
    return static_cast<std::uint32_t>(mgw::parse_number(text, 1, limit_max));
  });
  if (limit) {
    filter.limit = *limit + 1;
  }
  auto& client = context.client();
  auto& output = context.output();
  std::uint64_t shown = 0;
  bool are_more = false;
  output.begin_list(Layout::record, "session");
  const auto end = run_dump(output, shown, [&] {
    return client.list_sessions(filter, [&](const mgw::Session& session) {
      are_more = limit && shown == *limit;
      if (are_more) {
        return;
      }
      output.begin_object();
      describe(output, session);
      output.end_object();
      shown++;
    });
  });
  output.end_list();
  if (are_more) {
    context.note(
        fmt::format("there are more sessions than the limit of {}", *limit));
  }
  if (end == mgw::DumpEnd::interrupted) {
    context.note(
        "sessions came and went while they were listed: some may be missing "
        "or shown twice");
  }
}

void print_number(Output& output, std::string_view key, std::uint64_t value) {
  output.begin_object(Layout::line, "");
  output.number(key, value);
  output.end_object();
}

void count_sessions(Context& context, const Arguments& args) {
  const auto filter = read_filter(args);
  print_number(context.output(), "sessions",
               context.client().count_sessions(filter));
}

void flush_sessions(Context& context, const Arguments& args) {
  const auto filter = read_filter(args);
  const bool all = args.has("--all");
  if (filter.matches_all() && !all) {
    throw UsageError("session flush",
                     "give what to end, such as --client ADDR, or --all to "
                     "end every session");
  }
  if (!filter.matches_all() && all) {
    throw UsageError("session flush",
                     "--all ends every session: leave out the filters, or "
                     "--all");
  }
  print_number(context.output(), "flushed",
               context.client().flush_sessions(filter));
}

}  // namespace

Noun session_noun() {
  return {
      "session",
      "tracked flows",
      {
          {"show",
           {},
           {0},
           filters_and({"--limit", "N", "end after that many"}),
           show_sessions},
          {"count", {}, {0}, filter_options(), count_sessions},
          {"flush",
           {},
           {0},
           filters_and({"--all", "", "end every session"}),
           flush_sessions},
      },
      {"A session must match every filter given. 'flush' ends the sessions at "
       "once, without a word to client or rs, and prints how many; without a "
       "filter it wants --all."},
      {"mgwadm session show --client 198.51.100.7 --limit 20",
       "mgwadm session count --service tcp 203.0.113.1:80",
       "mgwadm session flush --rs 10.0.2.1:8080",
       "mgwadm -j session show --laddr [2001:db8:1::1]:4096"},
  };
}

}  // namespace mgwadm
