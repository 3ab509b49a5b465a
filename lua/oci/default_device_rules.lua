-- What a container may always use, allowed after the bundle's own rules: { type, major, minor, access }. The same list
-- as runc's. Making any node is harmless (a node is opened against the rules), and image builds need it.
-- 4294967295 is any; access: 1 mknod, 2 read, 4 write.
local ANY = 4294967295

return {
  { "c", ANY, ANY, 1 },
  { "b", ANY, ANY, 1 },
  { "c", 1, 3, 7 }, -- /dev/null
  { "c", 1, 5, 7 }, -- /dev/zero
  { "c", 1, 7, 7 }, -- /dev/full
  { "c", 1, 8, 7 }, -- /dev/random
  { "c", 1, 9, 7 }, -- /dev/urandom
  { "c", 5, 0, 7 }, -- /dev/tty
  { "c", 5, 1, 7 }, -- /dev/console
  { "c", 5, 2, 7 }, -- /dev/ptmx
  { "c", 136, ANY, 7 }, -- /dev/pts/*
}
