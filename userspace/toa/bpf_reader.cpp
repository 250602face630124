// SPDX-License-Identifier: GPL-2.0
#include "bpf_reader.hpp"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <span>

#include "bpf_handles.hpp"
#include "error.hpp"
#include "objects.hpp"

namespace toa {

namespace {

struct Hook {
  /// Of the link's pin, and for the operator.
  const char* name;
  const char* program;
};

/// The answers first: what is read is then shown from the first connection.
constexpr std::array<Hook, 4> hooks = {{
    {"getpeername4", "toa_getpeername4"},
    {"getpeername6", "toa_getpeername6"},
    {"getsockopt", "toa_getsockopt"},
    {"sock_ops", "toa_sock_ops"},
}};
/// These live on when programs are replaced.
constexpr std::array<const char*, 2> kept_maps = {"clients", "counters"};
/// These belong to the programs that read them.
constexpr std::array<const char*, 2> own_maps = {"config", "prefixes"};
constexpr const char* not_attached = "is not attached";
constexpr const char* self = "mgw-toa";

bool has_magic(const char* path, long magic) {
  struct statfs info {};
  if (statfs(path, &info) != 0) {
    if (errno == EACCES) {
      throw_errno(path, "cannot look at it", errno);
    }
    return false;
  }
  return static_cast<unsigned long>(info.f_type) ==
         static_cast<unsigned long>(magic);
}

/// One attach or detach at a time; held until it goes out of scope.
Fd lock() {
  if (!has_magic(bpf_root, BPF_FS_MAGIC)) {
    throw Error(ErrorKind::unsupported, bpf_root,
                "no BPF file system is there: mount -t bpf bpf /sys/fs/bpf");
  }
  Fd fd(open(bpf_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || flock(fd.get(), LOCK_EX) != 0) {
    throw_errno(bpf_root, "cannot lock it", errno);
  }
  return fd;
}

struct Cgroup {
  Fd fd;
  std::string path;
  std::uint64_t id = 0;
};

Cgroup open_cgroup(const std::string& path) {
  std::error_code failed;
  Cgroup cgroup;
  cgroup.path = std::filesystem::canonical(path, failed).string();
  if (failed) {
    throw_errno(path, "cannot open the cgroup", failed.value());
  }
  if (!has_magic(cgroup.path.c_str(), CGROUP2_SUPER_MAGIC)) {
    throw Error(ErrorKind::refused, path,
                "is no directory of cgroup version 2: give one with --cgroup "
                "(mount -t cgroup2 cgroup2 DIRECTORY makes them visible)");
  }
  if (cgroup.path.size() >= TOA_CGROUP_MAX) {
    throw Error(ErrorKind::refused, path,
                fmt::format("the path has more than {} bytes: attach to a "
                            "cgroup above it",
                            TOA_CGROUP_MAX - 1));
  }
  cgroup.fd = Fd(open(cgroup.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info {};
  if (!cgroup.fd || fstat(cgroup.fd.get(), &info) != 0) {
    throw_errno(path, "cannot open the cgroup", errno);
  }
  cgroup.id = info.st_ino;
  return cgroup;
}

/// Of a link; 0 when its cgroup was removed.
std::uint64_t cgroup_id(const Fd& link) {
  bpf_link_info info{};
  __u32 size = sizeof(info);
  if (bpf_obj_get_info_by_fd(link.get(), &info, &size) != 0) {
    throw_errno(pin_directory, "cannot look at the link", errno);
  }
  return info.cgroup.cgroup_id;
}

toa_config read_config() {
  toa_config config{};
  const __u32 zero = 0;
  if (bpf_map_lookup_elem(must_be_pinned("config").get(), &zero, &config) !=
      0) {
    throw_errno(pin_path("config"), "cannot read it", errno);
  }
  return config;
}

std::string cgroup_of(const toa_config& config) {
  return {std::begin(config.cgroup),
          std::find(std::begin(config.cgroup), std::end(config.cgroup), '\0')};
}

void unpin(std::string_view name) {
  const auto path = pin_path(name);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    throw_errno(path, "cannot remove it", errno);
  }
}

/// The hooks go when the last name of their links does.
void unpin_all() {
  for (const auto& hook : hooks) {
    unpin(hook.name);
  }
  for (const auto* name : kept_maps) {
    unpin(name);
  }
  for (const auto* name : own_maps) {
    unpin(name);
    unpin(fmt::format("new_{}", name));
  }
  if (rmdir(pin_directory) != 0 && errno != ENOENT) {
    throw_errno(pin_directory, "cannot remove it", errno);
  }
}

/// Another release may keep other things of a connection.
void reuse(const Object& object, const char* name) {
  auto fd = pinned(name);
  if (!fd) {
    return;
  }
  auto* map = object.map(name);
  bpf_map_info info{};
  __u32 size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) {
    throw_errno(pin_path(name), "cannot look at it", errno);
  }
  if (info.type != bpf_map__type(map) ||
      info.value_size != bpf_map__value_size(map) ||
      info.max_entries != bpf_map__max_entries(map)) {
    throw Error(ErrorKind::refused, pin_path(name),
                "was made by another release: mgw-toa detach, then attach "
                "(connections of before then show the balancer's address)");
  }
  if (const int code = bpf_map__reuse_fd(map, fd.get()); code != 0) {
    throw_errno(pin_path(name), "cannot use it again", -code);
  }
}

void fill_maps(const Object& object, const Settings& settings,
               const std::string& cgroup) {
  toa_config config{};
  config.kind = settings.kind;
  config.kind6 = settings.kind6;
  std::copy(cgroup.begin(), cgroup.end(), std::begin(config.cgroup));
  const __u32 zero = 0;
  if (bpf_map_update_elem(bpf_map__fd(object.map("config")), &zero, &config,
                          BPF_ANY) != 0) {
    throw_errno("config", "cannot write it", errno);
  }
  std::vector<toa_prefix> keys;
  for (const auto& prefix : settings.from) {
    keys.push_back(prefix.key());
  }
  if (keys.empty()) {
    keys.push_back({});
  }
  const __u8 present = 1;
  for (const auto& key : keys) {
    if (bpf_map_update_elem(bpf_map__fd(object.map("prefixes")), &key, &present,
                            BPF_ANY) != 0) {
      throw_errno(Prefix::from_key(key).to_string(),
                  "cannot add it to the trusted sources", errno);
    }
  }
}

/// Under its name, or in place of what has the name.
void pin_map(const Object& object, const char* name) {
  const auto path = pin_path(name);
  const auto fresh = pin_path(fmt::format("new_{}", name));
  unpin(fmt::format("new_{}", name));
  if (bpf_obj_pin(bpf_map__fd(object.map(name)), fresh.c_str()) != 0 ||
      std::rename(fresh.c_str(), path.c_str()) != 0) {
    throw_errno(path, "cannot pin it", errno);
  }
}

void attach_hook(const Object& object, const Hook& hook, const Cgroup& cgroup) {
  auto* program = object.program(hook.program);
  auto held = pinned(hook.name);
  if (held && cgroup_id(held) != 0) {
    if (bpf_link_update(held.get(), bpf_program__fd(program), nullptr) != 0) {
      throw_errno(pin_path(hook.name), "cannot replace the program", errno);
    }
    return;
  }
  unpin(hook.name);
  const Link link(bpf_program__attach_cgroup(program, cgroup.fd.get()));
  if (!link) {
    throw_errno(cgroup.path, fmt::format("cannot attach {}", hook.name), errno);
  }
  const auto path = pin_path(hook.name);
  if (const int code = bpf_link__pin(link.get(), path.c_str()); code != 0) {
    throw_errno(path, "cannot pin it", -code);
  }
}

/// The hooks of one reader are all in one cgroup.
void check_cgroup(const Fd& link, const Cgroup& cgroup) {
  const auto id = cgroup_id(link);
  if (id != 0 && id != cgroup.id) {
    throw Error(ErrorKind::refused, cgroup.path,
                fmt::format("the reader is attached to {}: mgw-toa detach "
                            "first",
                            cgroup_of(read_config())));
  }
}

bool is_attached() {
  return std::any_of(hooks.begin(), hooks.end(), [](const Hook& hook) {
    return static_cast<bool>(pinned(hook.name));
  });
}

void attach_all(const Object& object, const Settings& settings,
                const Cgroup& cgroup) {
  fill_maps(object, settings, cgroup.path);
  if (mkdir(pin_directory, S_IRWXU) != 0 && errno != EEXIST) {
    throw_errno(pin_directory, "cannot make it", errno);
  }
  for (const auto* name : kept_maps) {
    if (!pinned(name)) {
      pin_map(object, name);
    }
  }
  for (const auto* name : own_maps) {
    pin_map(object, name);
  }
  for (const auto& hook : hooks) {
    attach_hook(object, hook, cgroup);
  }
}

std::uint64_t read_counter(const Fd& map, __u32 which) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) {
    throw_errno("counters", "cannot count the CPUs", -cpus);
  }
  std::vector<std::uint64_t> values(static_cast<std::size_t>(cpus));
  if (bpf_map_lookup_elem(map.get(), &which, values.data()) != 0) {
    throw_errno(pin_path("counters"), "cannot read it", errno);
  }
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

std::vector<Prefix> read_prefixes() {
  const auto map = must_be_pinned("prefixes");
  std::vector<Prefix> prefixes;
  toa_prefix key{};
  const toa_prefix* before = nullptr;
  while (bpf_map_get_next_key(map.get(), before, &key) == 0 &&
         prefixes.size() < TOA_PREFIXES_MAX) {
    /* The empty prefix is --from-any. */
    if (key.bits != 0) {
      prefixes.push_back(Prefix::from_key(key));
    }
    before = &key;
  }
  std::sort(prefixes.begin(), prefixes.end());
  return prefixes;
}

mgw::Endpoint endpoint(
    std::span<const std::uint8_t, mgw::Address::v6_size> addr,
    std::uint16_t port) {
  return {unmapped(addr), ntohs(port)};
}

std::vector<Connection> connections_in(std::span<const unsigned char> bytes) {
  std::vector<Connection> all;
  for (; bytes.size() >= sizeof(toa_client);
       bytes = bytes.subspan(sizeof(toa_client))) {
    toa_client client{};
    std::memcpy(&client, bytes.data(), sizeof(client));
    all.push_back({endpoint(client.caddr, client.cport),
                   endpoint(client.laddr, client.lport),
                   endpoint(client.raddr, client.rport)});
  }
  return all;
}

}  // namespace

void BpfReader::attach(const Settings& settings) {
  need_capabilities();
  const auto cgroup = open_cgroup(settings.cgroup);
  const auto locked = lock();
  const bool replaces = is_attached();
  Object object(reader_object(), "toa");
  if (replaces) {
    for (const auto& hook : hooks) {
      if (const auto link = pinned(hook.name)) {
        check_cgroup(link, cgroup);
      }
    }
    for (const auto* name : kept_maps) {
      reuse(object, name);
    }
  } else {
    /* What an attach that was ended too early has left. */
    unpin_all();
  }
  object.load();
  try {
    attach_all(object, settings, cgroup);
  } catch (...) {
    if (!replaces) {
      unpin_all();
    }
    throw;
  }
}

void BpfReader::detach() {
  const auto locked = lock();
  if (!is_attached()) {
    throw Error(ErrorKind::refused, self, not_attached);
  }
  unpin_all();
}

Status BpfReader::status() {
  Status status;
  const auto locked = lock();
  for (const auto& hook : hooks) {
    const auto link = pinned(hook.name);
    if (link && cgroup_id(link) != 0) {
      status.hooks.emplace_back(hook.name);
    }
  }
  if (status.hooks.empty()) {
    return status;
  }
  status.attached = true;
  const auto config = read_config();
  status.settings = {cgroup_of(config), read_prefixes(), config.kind,
                     config.kind6};
  const auto counters = must_be_pinned("counters");
  for (__u32 which = 0; which < TOA_COUNTERS; which++) {
    status.counters.at(which) = read_counter(counters, which);
  }
  return status;
}

std::vector<Connection> BpfReader::connections() {
  need_capabilities();
  const auto locked = lock();
  if (!is_attached()) {
    throw Error(ErrorKind::refused, self, not_attached);
  }
  const auto clients = must_be_pinned("clients");
  Object object(list_object(), "toa_list");
  object.load();
  bpf_iter_link_info where{};
  where.map.map_fd = static_cast<__u32>(clients.get());
  bpf_iter_attach_opts options{};
  options.sz = sizeof(options);
  options.link_info = &where;
  options.link_info_len = sizeof(where);
  const Link link(
      bpf_program__attach_iter(object.program("toa_list"), &options));
  const Fd iterator(link ? bpf_iter_create(bpf_link__fd(link.get())) : -1);
  if (!iterator) {
    throw_errno("connections", "cannot list them", errno);
  }
  std::vector<unsigned char> bytes;
  std::array<unsigned char, 1024 * sizeof(toa_client)> chunk{};
  while (true) {
    const auto got = read(iterator.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EAGAIN) {
      continue;
    }
    if (got < 0) {
      throw_errno("connections", "cannot list them", errno);
    }
    if (got == 0) {
      return connections_in(bytes);
    }
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + got);
  }
}

}  // namespace toa
