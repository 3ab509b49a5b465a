/* /etc/passwd, /etc/subuid and /etc/subgid: any text. Ranges that come out never hold id 0 or 4294967295, nor
 * wrap. */
#include <stdlib.h>
#include <string.h>

#include "core/parse/subid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool apart(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size) {
    return (uint64_t)a + a_size <= b || (uint64_t)b + b_size <= a;
}

/* A map that the kernel takes: no two extents share an id on either side, and each is own or delegated. */
static void check_map(const struct id_range *ranges, uint32_t count, uint32_t own) {
    struct id_extent map[9];
    uint32_t n = subid_map(own, ranges, count, map);
    if (n < 1 || n > count + 1 || map[0].inside != 0 || map[0].outside != own || map[0].size != 1)
        abort();
    for (uint32_t i = 0; i < n; i++) {
        bool given = i == 0;
        for (uint32_t k = 0; k < count; k++)
            given |= map[i].outside == ranges[k].first && map[i].size == ranges[k].count;
        if (!given || (uint64_t)map[i].inside + map[i].size > UINT32_MAX)
            abort();
        for (uint32_t k = 0; k < i; k++) {
            if (!apart(map[i].inside, map[i].size, map[k].inside, map[k].size) ||
                !apart(map[i].outside, map[i].size, map[k].outside, map[k].size))
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char name[256];
    struct id_range ranges[8];
    passwd_name((const char *)data, size, 1000, name, sizeof name);
    if (memchr(name, '\0', sizeof name) == NULL || strpbrk(name, ":\n") != NULL)
        abort();
    for (int own = 0; own < 2; own++) {
        uint32_t n = subid_parse((const char *)data, size, own != 0 ? name : "bob", 1000, ranges, 8);
        if (n > 8)
            abort();
        for (uint32_t i = 0; i < n; i++) {
            if (ranges[i].first == 0 || ranges[i].count == 0 ||
                (uint64_t)ranges[i].first + ranges[i].count > UINT32_MAX)
                abort();
        }
        check_map(ranges, n, 1000);
    }
    return 0;
}
