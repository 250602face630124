// SPDX-License-Identifier: GPL-2.0
#include "app.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>

#include "command_line.hpp"

namespace mgwadm {

namespace {

struct Complaint {
  std::string kind;
  std::string object;
  std::string message;
  int code = 0;
};

void print(std::ostream& err, bool json, const Complaint& complaint) {
  if (!json) {
    err << "mgwadm: " << complaint.object
        << (complaint.object.empty() ? "" : ": ") << complaint.message << '\n';
    return;
  }
  nlohmann::ordered_json error = {{"kind", complaint.kind}};
  if (!complaint.object.empty()) {
    error["object"] = complaint.object;
  }
  error["message"] = complaint.message;
  if (complaint.code != 0) {
    error["errno"] = complaint.code;
  }
  const nlohmann::ordered_json whole = {{"error", error}};
  err << whole.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
      << '\n';
}

int exit_code_of(mgw::ErrorKind kind) {
  const bool unavailable = kind == mgw::ErrorKind::module_missing ||
                           kind == mgw::ErrorKind::permission;
  return unavailable ? exit_unavailable : exit_refused;
}

void run_line(const CommandLine& line, Output& output, std::ostream& err,
              const Context::Connect& connect) {
  if (line.text) {
    output.text(*line.text);
  } else {
    Context context(output, err, connect, line.netns);
    line.verb->run(context, line.arguments);
  }
  output.flush();
}

}  // namespace

int run(const std::vector<std::string>& words, std::ostream& out,
        std::ostream& err, const Context::Connect& connect) {
  const bool json = wants_json(words);
  try {
    const auto line = parse_command_line(words);
    /* Help and the release are text for a reader, whatever else is asked. */
    const auto format = line.json && !line.text ? Format::json : Format::text;
    Output output(out, format);
    run_line(line, output, err, connect);
    return exit_done;
  } catch (const UsageError& error) {
    print(err, json, {"usage", error.object(), error.what(), 0});
    return exit_usage;
  } catch (const mgw::Error& error) {
    out.flush();
    print(err, json,
          {std::string(to_string(error.kind())), error.object(), error.what(),
           error.code()});
    return exit_code_of(error.kind());
  } catch (const OutputError& error) {
    if (error.code() == EPIPE) {
      return exit_done;
    }
    print(err, json, {"output", "", error.what(), error.code()});
    return exit_refused;
  } catch (const std::exception& error) {
    print(err, json, {"internal", "", error.what(), 0});
    return exit_refused;
  }
}

}  // namespace mgwadm
