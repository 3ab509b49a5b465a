-- process.scheduler: the words of linux/sched.h. false: a word of OCI that is refused, with the reason.
return {
  policies = {
    SCHED_OTHER = 0,
    SCHED_FIFO = 1,
    SCHED_RR = 2,
    SCHED_BATCH = 3,
    SCHED_ISO = false,
    SCHED_IDLE = 5,
    SCHED_DEADLINE = 6,
  },
  flags = {
    SCHED_FLAG_RESET_ON_FORK = 1,
    SCHED_FLAG_RECLAIM = 2,
    SCHED_FLAG_DL_OVERRUN = 4,
    SCHED_FLAG_KEEP_POLICY = 8,
    SCHED_FLAG_KEEP_PARAMS = 16,
    SCHED_FLAG_UTIL_CLAMP_MIN = false,
    SCHED_FLAG_UTIL_CLAMP_MAX = false,
  },
}
