-- The words of linux.seccomp and their numbers: seccomp(2), <linux/seccomp.h>, <seccomp.h>.
local M = {}

-- What a filter returns; `most` is the largest errnoRet of the actions that have one.
M.actions = {
  SCMP_ACT_KILL = { value = 0x00000000 },
  SCMP_ACT_KILL_THREAD = { value = 0x00000000 },
  SCMP_ACT_KILL_PROCESS = { value = 0x80000000 },
  SCMP_ACT_TRAP = { value = 0x00030000 },
  SCMP_ACT_ERRNO = { value = 0x00050000, most = 4094 }, -- libseccomp takes no more; the kernel makes more into 4095
  SCMP_ACT_NOTIFY = { value = 0x7fc00000 },
  SCMP_ACT_TRACE = { value = 0x7ff00000, most = 65535 },
  SCMP_ACT_LOG = { value = 0x7ffc0000 },
  SCMP_ACT_ALLOW = { value = 0x7fff0000 },
}

-- enum scmp_compare
M.operators = {
  SCMP_CMP_NE = 1,
  SCMP_CMP_LT = 2,
  SCMP_CMP_LE = 3,
  SCMP_CMP_EQ = 4,
  SCMP_CMP_GE = 5,
  SCMP_CMP_GT = 6,
  SCMP_CMP_MASKED_EQ = 7,
}

-- As libseccomp calls them.
M.architectures = {}
for name in ([[x86 x86_64 x32 arm aarch64 loongarch64 m68k mips mips64 mips64n32 mipsel mipsel64 mipsel64n32 ppc ppc64
  ppc64le s390 s390x sh sheb parisc parisc64 riscv64]]):gmatch("[%w_]+") do
  M.architectures["SCMP_ARCH_" .. name:upper()] = name
end

M.NEW_LISTENER = 8
M.WAIT_KILLABLE_RECV = 32

-- TSYNC is 0: it gives the filter to the other threads of the process, and there are none.
M.flags = {
  SECCOMP_FILTER_FLAG_TSYNC = 0,
  SECCOMP_FILTER_FLAG_LOG = 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = M.WAIT_KILLABLE_RECV,
}

return M
