#include "core/plan/print.h"

#include <string.h>

/* How one format writes what is not a plain number or string. */
struct format {
    bool json;
    const char *bits_open, *bits_between, *bits_close, *no_bits, *bit_quote;
};

static const struct format text_format = {false, "", "|", "", "0", ""};
static const struct format json_format = {true, "[", ",", "]", "[]", "\""};

/* Named bits in the order of their table; what is left without a name stands last, as one number. */
static void print_bits(struct text *t, const struct format *f, const struct plan_bit *names, uint64_t bits) {
    if (bits == 0) {
        text_add(t, f->no_bits);
        return;
    }
    const char *before = f->bits_open;
    for (; names->name != NULL; names++) {
        if ((bits & names->bits) != names->bits)
            continue;
        text_add(t, before);
        text_add(t, f->bit_quote);
        text_add(t, names->name);
        text_add(t, f->bit_quote);
        before = f->bits_between;
        bits &= ~names->bits;
    }
    if (bits != 0) {
        text_add(t, before);
        text_add(t, f->bit_quote);
        text_hex(t, bits);
        text_add(t, f->bit_quote);
    }
    text_add(t, f->bits_close);
}

/* Programs get plain decimal numbers, as strings where a double would lose digits. */
static void print_json_number(struct text *t, uint64_t v) {
    bool exact = v <= UINT64_C(1) << 53;
    text_add(t, exact ? "" : "\"");
    text_u64(t, v);
    text_add(t, exact ? "" : "\"");
}

static void print_negative(struct text *t, const struct format *f, uint64_t v) {
    const char *quote = f->json && -v > UINT64_C(1) << 53 ? "\"" : "";
    text_add(t, quote);
    text_i64(t, (int64_t)v);
    text_add(t, quote);
}

static void print_number(struct text *t, const struct format *f, enum plan_show show, uint64_t v) {
    if (plan_bits(show) != NULL) {
        print_bits(t, f, plan_bits(show), v);
    } else if (show == PLAN_SHOW_CHR) {
        char letter[2] = {(char)(v & 0x7f), '\0'};
        text_json(t, letter);
    } else if (show == PLAN_SHOW_INT && v > INT64_MAX) {
        print_negative(t, f, v);
    } else if (f->json) {
        print_json_number(t, v);
    } else if (show == PLAN_SHOW_OCT) {
        text_octal(t, (uint32_t)v);
    } else if (show == PLAN_SHOW_HEX) {
        text_hex(t, v);
    } else {
        text_u64(t, v);
    }
}

static void print_strs(struct text *t, const struct plan_strs *list) {
    uint32_t at = 0;
    text_add(t, "[");
    for (uint32_t i = 0; i < list->count; i++) {
        text_add(t, i == 0 ? "" : ",");
        text_json(t, plan_strs_next(list, &at));
    }
    text_add(t, "]");
}

static void print_u32s(struct text *t, const struct format *f, enum plan_show show,
                       const struct plan_u32s *list) {
    text_add(t, "[");
    for (uint32_t i = 0; i < list->count; i++) {
        text_add(t, i == 0 ? "" : ",");
        print_number(t, f, show, plan_u32s_get(list, i));
    }
    text_add(t, "]");
}

/* `from` is the field's place in the step's struct; the table says what type stands there. */
static void print_value(struct text *t, const struct format *f, const struct plan_field *field,
                        const void *from) {
    switch (field->type) {
    case PLAN_U32: {
        uint32_t v;
        memcpy(&v, from, sizeof v);
        print_number(t, f, field->show, field->show == PLAN_SHOW_INT ? (uint64_t)(int64_t)(int32_t)v : v);
        break;
    }
    case PLAN_U64: {
        uint64_t v;
        memcpy(&v, from, sizeof v);
        print_number(t, f, field->show, v);
        break;
    }
    case PLAN_STR: {
        const char *s;
        memcpy(&s, from, sizeof s);
        text_json(t, s);
        break;
    }
    case PLAN_STRS: {
        struct plan_strs list;
        memcpy(&list, from, sizeof list);
        print_strs(t, &list);
        break;
    }
    case PLAN_U32S: {
        struct plan_u32s list;
        memcpy(&list, from, sizeof list);
        print_u32s(t, f, field->show, &list);
        break;
    }
    }
}

void plan_print_text(struct text *t, const struct step *s) {
    const struct plan_op_info *info = plan_op_info(s->op);
    for (uint32_t i = 0; i < info->field_count; i++) {
        text_add(t, i == 0 ? "" : " ");
        text_add(t, info->fields[i].name);
        text_add(t, "=");
        print_value(t, &text_format, &info->fields[i], (const char *)&s->as + info->fields[i].offset);
    }
}

void plan_print_json(struct text *t, const struct step *s) {
    const struct plan_op_info *info = plan_op_info(s->op);
    for (uint32_t i = 0; i < info->field_count; i++) {
        text_add(t, i == 0 ? "\"" : ",\"");
        text_add(t, info->fields[i].name);
        text_add(t, "\":");
        print_value(t, &json_format, &info->fields[i], (const char *)&s->as + info->fields[i].offset);
    }
}
