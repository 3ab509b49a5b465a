-- What OCI has in every container ("Default Devices").
return {
  -- { path, major, minor }, character devices of mode 0666
  devices = {
    { "/dev/null", 1, 3 },
    { "/dev/zero", 1, 5 },
    { "/dev/full", 1, 7 },
    { "/dev/random", 1, 8 },
    { "/dev/urandom", 1, 9 },
    { "/dev/tty", 5, 0 },
  },
  -- { path, target, the mount that it needs }
  links = {
    { "/dev/fd", "/proc/self/fd", "/proc" },
    { "/dev/stdin", "/proc/self/fd/0", "/proc" },
    { "/dev/stdout", "/proc/self/fd/1", "/proc" },
    { "/dev/stderr", "/proc/self/fd/2", "/proc" },
    { "/dev/ptmx", "pts/ptmx", "/dev/pts" },
  },
}
