// SPDX-License-Identifier: GPL-2.0
/// A file descriptor that closes itself.
#ifndef MGW_FILE_DESCRIPTOR_HPP
#define MGW_FILE_DESCRIPTOR_HPP

#include <unistd.h>

namespace mgw {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  FileDescriptor(FileDescriptor&&) = delete;
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace mgw

#endif
