-- linux.memoryPolicy: the words of linux/mempolicy.h, those too that are newer than the headers of the oldest kernel.
-- nodes: whether the mode needs some (true), takes none (false), or either (nil). flags: which it can have.
local NUMA_BALANCING, RELATIVE, STATIC = 1 << 13, 1 << 14, 1 << 15
local NODES = RELATIVE | STATIC

return {
  modes = {
    MPOL_DEFAULT = { number = 0, nodes = false, flags = 0 },
    MPOL_PREFERRED = { number = 1, flags = NODES },
    MPOL_BIND = { number = 2, nodes = true, flags = NODES | NUMA_BALANCING },
    MPOL_INTERLEAVE = { number = 3, nodes = true, flags = NODES },
    MPOL_LOCAL = { number = 4, nodes = false, flags = 0 },
    MPOL_PREFERRED_MANY = { number = 5, nodes = true, flags = NODES | NUMA_BALANCING }, -- Linux 5.15, the flag 6.8
    MPOL_WEIGHTED_INTERLEAVE = { number = 6, nodes = true, flags = NODES }, -- Linux 6.9
  },
  flags = {
    MPOL_F_NUMA_BALANCING = NUMA_BALANCING,
    MPOL_F_RELATIVE_NODES = RELATIVE,
    MPOL_F_STATIC_NODES = STATIC,
  },
}
