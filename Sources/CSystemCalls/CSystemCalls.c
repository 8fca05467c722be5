#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int backout_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno; }

int backout_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int backout_unnamed_file(const char *folder) {
  int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  // A file system without O_TMPFILE: named for a moment.
  char path[8192];
  if (snprintf(path, sizeof path, "%s/.output-XXXXXX", folder) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  fd = mkostemp(path, O_CLOEXEC);
  if (fd >= 0) unlink(path);
  return fd;
}

int backout_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int backout_punch_hole(int fd, int64_t offset, int64_t length) {
  return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0 ? 0 : errno;
}

int backout_notify_open(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }
int backout_notify_writes(int notify, const char *path) { return inotify_add_watch(notify, path, IN_MODIFY); }
int backout_notify_end(int notify, int watch) { return inotify_rm_watch(notify, watch); }

int backout_signal_descriptor(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int backout_peer(int fd, pid_t *pid, uid_t *uid) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return errno;
  *pid = peer.pid;
  *uid = peer.uid;
  return 0;
}

int backout_spawn(
  pid_t *pid, const char *path, char *const arguments[], char *const environment[], const char *folder,
  const int descriptors[], const int targets[], int count, int leads) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  // Copies that lie above every target, so that no dup2 overwrites a source not yet used.
  int copies[16];
  int made = 0, error = 0, highest = 2;
  if (count > 16) return EINVAL;
  for (int i = 0; i < count; i++)
    if (targets[i] > highest) highest = targets[i];
  for (; made < count; made++) {
    copies[made] = fcntl(descriptors[made], F_DUPFD_CLOEXEC, highest + 1);
    if (copies[made] < 0) {
      error = errno;
      for (int i = 0; i < made; i++) close(copies[i]);
      return error;
    }
  }
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  for (int i = 0; i < count && !error; i++) error = posix_spawn_file_actions_adddup2(&actions, copies[i], targets[i]);
  // What lies between the targets is close-on-exec in this program; what lies above them may not be.
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, highest + 1);
  if (!error && folder) error = posix_spawn_file_actions_addchdir_np(&actions, folder);
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(
    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                   (leads ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP));
  if (!error) error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  for (int i = 0; i < made; i++) close(copies[i]);
  return error;
}
