// The Linux calls that Swift cannot import: variadic ones, and those that need _GNU_SOURCE.
#pragma once
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Makes orphaned descendants children of this process. 0, or an errno.
int backout_become_subreaper(void);
/// A file descriptor that becomes readable when `pid` ends; -1 and errno.
int backout_pidfd_open(pid_t pid);
/// An unnamed file in `folder`, read and write, close-on-exec; -1 and errno.
int backout_unnamed_file(const char *folder);
/// A file in memory, close-on-exec; -1 and errno.
int backout_memory_file(const char *name);
/// Gives the room of a part of a file back; its size stays. 0, or an errno.
int backout_punch_hole(int fd, int64_t offset, int64_t length);
/// A notification descriptor, non-blocking; -1 and errno.
int backout_notify_open(void);
/// Watches `path` for writes: a watch, or -1 and errno.
int backout_notify_writes(int notify, const char *path);
int backout_notify_end(int notify, int watch);
/// Blocks SIGCHLD and SIGTERM and gives a non-blocking descriptor that tells of them; -1 and errno.
int backout_signal_descriptor(void);
/// Who is at the other end of a unix socket. 0, or an errno.
int backout_peer(int fd, pid_t *pid, uid_t *uid);

/// Starts a program. `descriptors[i]` becomes descriptor `targets[i]`; all others are closed. `leads` is 0 for its own
/// process group, 1 for its own session. Signals are at their defaults. 0, or an errno.
int backout_spawn(
  pid_t *pid, const char *path, char *_Nullable const *_Nonnull arguments,
  char *_Nullable const *_Nonnull environment, const char *folder,
  const int *descriptors, const int *targets, int count, int leads);

#pragma clang assume_nonnull end
