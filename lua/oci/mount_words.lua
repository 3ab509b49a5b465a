-- The words of mounts[].options that are no file system options. Pure data; mount_options.lua folds them.
--
--   set, clear    MOUNT_ATTR_* bits (mount_setattr(2))
--   atime         value of the access-time field; unless: not where the field has this value already
--   tree          the word is about the mount and all mounts below it
--   bind          makes the mount a bind mount; recursive: with the mounts below the source
--   propagation   MS_* (mount(2), "Changing the propagation type")
--   super         a flag of the file system itself: its name for fsconfig(2); off: the word takes it back
--   mark          what mounts.lua and its parts ask for by this name; off: the word takes it back
--   refuse        why the word is not supported
-- A row with none of these asks for what is so anyway.
local RDONLY, NOSUID, NODEV, NOEXEC = 0x1, 0x2, 0x4, 0x8
local NODIRATIME, NOSYMFOLLOW = 0x80, 0x200000
local RELATIME, NOATIME, STRICTATIME = 0x0, 0x10, 0x20
local REC, UNBINDABLE, PRIVATE, SLAVE, SHARED = 0x4000, 0x20000, 0x40000, 0x80000, 0x100000

return {
  bind = { bind = true },
  rbind = { bind = true, recursive = true },

  ro = { set = RDONLY },
  rw = { clear = RDONLY },
  nosuid = { set = NOSUID },
  suid = { clear = NOSUID },
  nodev = { set = NODEV },
  dev = { clear = NODEV },
  noexec = { set = NOEXEC },
  exec = { clear = NOEXEC },
  nodiratime = { set = NODIRATIME },
  diratime = { clear = NODIRATIME },
  nosymfollow = { set = NOSYMFOLLOW },
  symfollow = { clear = NOSYMFOLLOW },

  -- "atime" takes back noatime, "nostrictatime" strictatime, "norelatime" what is the default anyway.
  noatime = { atime = NOATIME },
  atime = { atime = RELATIME, unless = STRICTATIME },
  strictatime = { atime = STRICTATIME },
  nostrictatime = { atime = RELATIME, unless = NOATIME },
  relatime = { atime = RELATIME },
  norelatime = {},

  rro = { tree = true, set = RDONLY },
  rrw = { tree = true, clear = RDONLY },
  rnosuid = { tree = true, set = NOSUID },
  rsuid = { tree = true, clear = NOSUID },
  rnodev = { tree = true, set = NODEV },
  rdev = { tree = true, clear = NODEV },
  rnoexec = { tree = true, set = NOEXEC },
  rexec = { tree = true, clear = NOEXEC },
  rnodiratime = { tree = true, set = NODIRATIME },
  rdiratime = { tree = true, clear = NODIRATIME },
  rnosymfollow = { tree = true, set = NOSYMFOLLOW },
  rsymfollow = { tree = true, clear = NOSYMFOLLOW },
  rnoatime = { tree = true, atime = NOATIME },
  ratime = { tree = true, atime = RELATIME },
  rstrictatime = { tree = true, atime = STRICTATIME },
  rnostrictatime = { tree = true, atime = RELATIME },
  rrelatime = { tree = true, atime = RELATIME },
  rnorelatime = { tree = true, atime = RELATIME },

  private = { propagation = PRIVATE },
  rprivate = { propagation = PRIVATE | REC },
  shared = { propagation = SHARED },
  rshared = { propagation = SHARED | REC },
  slave = { propagation = SLAVE },
  rslave = { propagation = SLAVE | REC },
  unbindable = { propagation = UNBINDABLE },
  runbindable = { propagation = UNBINDABLE | REC },

  sync = { super = "sync" },
  async = { super = "sync", off = true },
  dirsync = { super = "dirsync" },
  lazytime = { super = "lazytime" },
  nolazytime = { super = "lazytime", off = true },

  -- Never on with the new mount API, so the words that turn them off ask for nothing.
  noiversion = {},
  nomand = {},
  iversion = { refuse = "fsconfig(2) has no such flag; ext4, xfs, btrfs and tmpfs count their versions unasked" },
  mand = { refuse = "Linux 5.15 and newer have no mandatory locks" },
  silent = { mark = "silent" },
  loud = { mark = "silent", off = true },

  -- Words that mount(8) keeps to itself, with the attributes that it takes them for.
  defaults = {},
  auto = {},
  noauto = {},
  nofail = {},
  _netdev = {},
  nouser = {},
  nousers = {},
  noowner = {},
  nogroup = {},
  user = { set = NOSUID | NODEV | NOEXEC },
  users = { set = NOSUID | NODEV | NOEXEC },
  owner = { set = NOSUID | NODEV },
  group = { set = NOSUID | NODEV },

  idmap = { mark = "idmap" },
  ridmap = { mark = "ridmap" },
  remount = { mark = "remount" },
  tmpcopyup = { mark = "tmpcopyup" },
}
