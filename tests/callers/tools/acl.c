/* acl DIRECTORY UID: an access list by which the user may write there, as setfacl(1) would set it. */
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>

struct entry {
    uint16_t tag, perm;
    uint32_t id;
};

int main(int argc, char **argv) {
    if (argc != 3)
        return 64;
    struct {
        uint32_t version;
        struct entry entries[5];
    } list = {2,
              {{1, 7, UINT32_MAX},
               {2, 7, (uint32_t)atoi(argv[2])},
               {4, 5, UINT32_MAX},
               {16, 7, UINT32_MAX},
               {32, 5, UINT32_MAX}}};
    if (setxattr(argv[1], "system.posix_acl_access", &list, sizeof list, 0) == 0)
        return 0;
    perror(argv[1]);
    return 1;
}
