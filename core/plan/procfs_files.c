#include "core/plan/procfs_files.h"

#include <stddef.h>
#include <string.h>

bool procfs_replaceable(const char *path) {
    static const char *const paths[] = {"/proc/cpuinfo",
                                        "/proc/diskstats",
                                        "/proc/meminfo",
                                        "/proc/stat",
                                        "/proc/swaps",
                                        "/proc/uptime",
                                        "/proc/loadavg",
                                        "/proc/slabinfo",
                                        "/proc/net/dev",
                                        "/proc/sys/kernel/ns_last_pid",
                                        "/proc/sys/crypto/fips_enabled"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (strcmp(path, paths[i]) == 0)
            return true;
    }
    return false;
}
