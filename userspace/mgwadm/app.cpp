// SPDX-License-Identifier: GPL-2.0
#include "app.hpp"

#include <cerrno>

#include "command_line.hpp"

namespace mgwadm {

namespace {

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
  const auto complain = [&](const Complaint& complaint) {
    complaint.print(err, "mgwadm", wants_json(words));
  };
  try {
    const auto line = parse_command_line(words);
    /* Help and the release are text for a reader, whatever else is asked. */
    const auto format = line.json && !line.text ? Format::json : Format::text;
    Output output(out, format);
    run_line(line, output, err, connect);
    return exit_done;
  } catch (const UsageError& error) {
    complain({"usage", error.object(), error.what()});
    return exit_usage;
  } catch (const mgw::Error& error) {
    out.flush();
    complain({std::string(to_string(error.kind())), error.object(),
              error.what(), error.code()});
    return exit_code_of(error.kind());
  } catch (const OutputError& error) {
    if (error.code() == EPIPE) {
      return exit_done;
    }
    complain({"output", "", error.what(), error.code()});
    return exit_refused;
  } catch (const std::exception& error) {
    complain({"internal", "", error.what()});
    return exit_refused;
  }
}

}  // namespace mgwadm
