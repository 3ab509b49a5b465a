/*
 * /etc/locald-shim.conf, /etc/group and ports: any text. A policy that is taken gives nothing that its file
 * can't say; a text that is not understood is refused with its line.
 */
#include <stdlib.h>
#include <string.h>

#include "core/parse/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept) {
    if (!kept)
        abort();
}

/* Names of plain characters, none of them dots alone. */
static void check_root(const char root[POLICY_ROOT_SIZE]) {
    promise(memchr(root, 0, POLICY_ROOT_SIZE) != NULL && root[0] == '/' && root[1] != '\0');
    char text[POLICY_ROOT_SIZE + 1] = "";
    strcat(strcpy(text, root), "/");
    promise(strstr(text, "//") == NULL && strstr(text, "/./") == NULL && strstr(text, "/../") == NULL);
    for (; *root != '\0'; root++)
        promise(*root > ' ' && *root < 0x7f && strchr("\\\"'*?[]{}$`;&|<>", *root) == NULL);
}

/* A dot, then labels of lower-case letters, digits and inner hyphens. */
static void check_suffix(const char suffix[POLICY_SUFFIX_SIZE]) {
    promise(memchr(suffix, 0, POLICY_SUFFIX_SIZE) != NULL && suffix[0] == '.' && suffix[1] != '\0');
    promise(strspn(suffix, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(suffix));
    promise(strstr(suffix, "..") == NULL && suffix[strlen(suffix) - 1] != '.' &&
            strstr(suffix, ".-") == NULL);
}

static void check(const struct policy *p, const char *group) {
    promise(p->suffix_count <= POLICY_SUFFIXES_MAX);
    for (uint32_t i = 0; i < p->suffix_count; i++)
        check_suffix(p->suffixes[i]);
    promise(memchr(group, 0, POLICY_GROUP_MAX) != NULL);
    promise(p->gid == POLICY_EVERYBODY && p->max_containers <= 1000000 && p->join <= 1);
    promise(p->port_count <= POLICY_PORTS_MAX && p->root_count >= 1 && p->root_count <= POLICY_ROOTS_MAX);
    for (uint32_t i = 0; i < p->port_count; i++)
        promise(p->ports[i] >= 1 && p->ports[i] <= 65535 && policy_allows_port(p, p->ports[i]));
    promise(!policy_allows_port(p, 0) && !policy_allows_port(p, 65536));
    for (uint32_t i = 0; i < p->root_count; i++) {
        check_root(p->roots[i]);
        for (uint32_t k = 0; k < p->root_count; k++) {
            char below[POLICY_ROOT_SIZE + 1] = "";
            strcat(strcpy(below, p->roots[k]), "/");
            promise(i == k || strncmp(p->roots[i], below, strlen(below)) != 0);
        }
    }
}

/* Behind leading zeros, which "0" itself may be. */
static bool gid_text_matches(const char *at, const char *digits) {
    at += strspn(at, "0");
    return strcmp(digits, "0") == 0 ? *at < '1' || *at > '9' : strncmp(at, digits, strlen(digits)) == 0;
}

/* The gid stands in the text behind "NAME:...:" at a line's beginning; looked for otherwise than it is read.
 */
static void check_group(const char *text, const char *name, uint32_t gid) {
    char number[16], line[32];
    size_t n = strlen(name), i = 0;
    do
        number[i++] = (char)('0' + gid % 10);
    while ((gid /= 10) > 0);
    for (size_t k = 0; k < i; k++)
        line[k] = number[i - 1 - k];
    line[i] = '\0';
    for (const char *at = text; at != NULL; at = strchr(at, '\n'), at += at != NULL ? 1 : 0) {
        if (strncmp(at, name, n) == 0 && at[n] == ':') {
            const char *behind = strchr(at + n + 1, ':');
            promise(behind != NULL);
            behind += 1;
            behind += strspn(behind, "0");
            promise(gid_text_matches(behind, line));
            return;
        }
    }
    abort();
}

static void check_port(const char *text, size_t len) {
    uint32_t port = policy_port(text, len);
    promise(port <= 65535);
    if (port == 0)
        return;
    uint32_t again = 0;
    promise(len <= 5 && text[0] != '0');
    for (size_t i = 0; i < len; i++)
        again = again * 10 + (uint32_t)(text[i] - '0');
    promise(again == port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct policy p = POLICY_DEFAULT;
    struct error e = {0};
    char group[POLICY_GROUP_MAX];
    uint32_t gid = 0;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    check_port((const char *)data, size);
    if (policy_parse(&p, group, (const char *)data, size, &e) == 0)
        check(&p, group);
    else
        promise(e.code == E_POLICY && strncmp(e.where, POLICY_FILE ":", sizeof POLICY_FILE) == 0);
    if (policy_group((const char *)data, size, "wheel", &gid) && strlen(text) == size)
        check_group(text, "wheel", gid);
    free(text);
    return 0;
}
