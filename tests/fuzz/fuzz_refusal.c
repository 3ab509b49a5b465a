/* Any bytes in the place of a plan that say that the bundle is refused: what comes out is an error of ours.
 */
#include <stdlib.h>
#include <string.h>

#include "core/plan/plan.h"
#include "core/plan/refusal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept) {
    if (!kept)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error e, untouched;
    memset(&e, 0x5a, sizeof e);
    untouched = e;
    int rc = plan_refusal(data, size, &e);
    bool is_one = size >= 4 && wire_u32_at(data) == PLAN_ERROR_MAGIC;
    promise(is_one ? rc != 0 : rc == 0 && memcmp(&e, &untouched, sizeof e) == 0);
    if (rc == 0)
        return 0;
    promise(rc == 1 || e.code == E_PLAN_FORMAT);
    promise(e.code > E_NONE && e.code < ERROR_CODE_COUNT && e.sys >= 0 && e.sys < 4096);
    promise(memchr(e.where, 0, sizeof e.where) != NULL && memchr(e.subject, 0, sizeof e.subject) != NULL);
    promise(memchr(e.what, 0, sizeof e.what) != NULL && memchr(e.hint, 0, sizeof e.hint) != NULL);
    if (rc != 1)
        return 0;
    /* Nothing of it was lost: written again it is the same, but for an errno that is none. */
    uint8_t room[PLAN_REFUSAL_MAX];
    struct wire_writer w = {.bytes = room, .size = sizeof room};
    plan_refusal_put(&w, &e);
    promise(!w.bad && w.len == size);
    memcpy(room + 8, data + 8, 4);
    promise(memcmp(room, data, size) == 0);
    return 0;
}
