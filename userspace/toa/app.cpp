// SPDX-License-Identifier: GPL-2.0
#include "app.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "complaint.hpp"
#include "error.hpp"
#include "output.hpp"
#include "text_layout.hpp"

namespace toa {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// Text is made from the JSON, so the two cannot drift apart.
Json describe(const Status& status) {
  Json json = {{"attached", status.attached}};
  if (!status.attached) {
    return json;
  }
  const auto& settings = status.settings;
  json["cgroup"] = settings.cgroup;
  json["hooks"] = status.hooks;
  json["kind"] = settings.kind;
  json["kind6"] = settings.kind6;
  json["from_any"] = settings.from.empty();
  json["from"] = Json::array();
  for (const auto& prefix : settings.from) {
    json["from"].push_back(prefix.to_string());
  }
  for (std::size_t i = 0; i < counter_names.size(); i++) {
    json["counters"][std::string(counter_names.at(i))] = status.counters.at(i);
  }
  return json;
}

Json describe(const Connection& connection) {
  return {{"caddr", connection.client.addr.to_string()},
          {"cport", connection.client.port},
          {"laddr", connection.laddr.addr.to_string()},
          {"lport", connection.laddr.port},
          {"raddr", connection.rs.addr.to_string()},
          {"rport", connection.rs.port}};
}

std::string joined(const Json& list) {
  std::string text;
  for (const auto& item : list) {
    text += (text.empty() ? "" : " ") + item.get<std::string>();
  }
  return text;
}

std::string as_text(const Json& status) {
  if (!status["attached"].get<bool>()) {
    return "not attached\n";
  }
  const bool any = status["from_any"].get<bool>();
  mgwadm::Cells cells = {
      {"attached to", mgwadm::printable(status["cgroup"].get<std::string>())},
      {"hooks", joined(status["hooks"])},
      {"kind", status["kind"].dump()},
      {"kind of IPv6", status["kind6"].dump()},
      {"from", any ? "any" : joined(status["from"])}};
  if (status["kind"] == status["kind6"]) {
    cells.erase(cells.begin() + 3);
  }
  std::string text = mgwadm::layout_lines(cells) + '\n';
  cells.clear();
  for (const auto& [name, value] : status["counters"].items()) {
    cells.push_back({name, value.dump(), true});
  }
  return text + mgwadm::layout_lines(cells);
}

std::string as_text(const std::vector<Connection>& connections) {
  std::vector<mgwadm::Cells> rows;
  rows.reserve(connections.size());
  for (const auto& connection : connections) {
    rows.push_back({{"client", connection.client.to_string()},
                    {"laddr", connection.laddr.to_string()},
                    {"rs", connection.rs.to_string()}});
  }
  return mgwadm::layout_table("", rows, 0);
}

std::string as_json(const std::vector<Connection>& connections) {
  std::string text = "[";
  for (const auto& connection : connections) {
    auto line = dump(describe(connection));
    line.pop_back();
    text += (text.size() == 1 ? "\n" : ",\n") + line;
  }
  return text + (connections.empty() ? "]\n" : "\n]\n");
}

/// What the command says on standard output.
std::string perform(const CommandLine& line, Reader& reader) {
  if (line.text) {
    return *line.text;
  }
  switch (line.verb) {
    case Verb::attach:
      reader.attach(line.settings);
      return "";
    case Verb::detach:
      reader.detach();
      return "";
    case Verb::show: {
      const auto json = describe(reader.status());
      return line.json ? dump(json) : as_text(json);
    }
    case Verb::show_connections: {
      const auto all = reader.connections();
      return line.json ? as_json(all) : as_text(all);
    }
  }
  return "";
}

std::string word_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::permission:
      return "permission";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::refused:
      break;
  }
  return "refused";
}

/// A reader that went away is no error.
void write(const std::string& text, std::ostream& out) {
  out << text;
  out.flush();
  const int code = errno;
  if (!out && code != EPIPE) {
    throw mgwadm::OutputError(code);
  }
}

}  // namespace

int run(const std::vector<std::string>& words, std::ostream& out,
        std::ostream& err, Reader& reader) {
  const auto complain = [&](const mgwadm::Complaint& complaint) {
    complaint.print(err, "mgw-toa", wants_json(words));
  };
  try {
    write(perform(parse_command_line(words), reader), out);
    return mgwadm::exit_done;
  } catch (const UsageError& error) {
    complain({"usage", error.object(), error.what()});
    return mgwadm::exit_usage;
  } catch (const Error& error) {
    complain(
        {word_for(error.kind()), error.object(), error.what(), error.code()});
    return error.kind() == ErrorKind::refused ? mgwadm::exit_refused
                                              : mgwadm::exit_unavailable;
  } catch (const mgwadm::OutputError& error) {
    complain({"output", "", error.what(), error.code()});
    return mgwadm::exit_refused;
  } catch (const std::exception& error) {
    complain({"internal", "", error.what()});
    return mgwadm::exit_refused;
  }
}

}  // namespace toa
