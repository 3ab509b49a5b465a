/* /etc/passwd, /etc/subuid and /etc/subgid: any text. Ranges that come out never hold id 0 or 4294967295, nor
 * wrap. */
#include <stdlib.h>
#include <string.h>

#include "core/parse/subid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    }
    return 0;
}
