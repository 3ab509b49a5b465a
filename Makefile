# locald-shim. `make help` lists the targets.
PREFIX  ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
VERSION := 0.1.0

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
            -Wformat=2 -Werror
HARDEN   := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero -fno-strict-aliasing \
            -fno-delete-null-pointer-checks
FORTIFY  := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
ifeq ($(shell uname -m),x86_64)
HARDEN   += -fcf-protection=full
endif
CPPFLAGS += -D_GNU_SOURCE -DSHIM_VERSION='"$(VERSION)"' -I. -I/usr/include/lua5.4
CFLAGS   ?= -O2 -g
OURFLAGS  = -std=c17 -fPIE -ffunction-sections -fdata-sections $(WARNINGS) $(HARDEN) $(FORTIFY)
LDFLAGS  += -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections,-z,pack-relative-relocs
LIBS     := -llua5.4 -llua5.4-cjson -lseccomp -lcap -lm

PARTS := core core/base core/plan core/parse core/gate core/interpreter core/engine core/engine/host core/engine/init core/payload core/commands core/unprivileged
SRC   := $(wildcard $(addsuffix /*.c,$(PARTS)))
OBJ   := $(SRC:%.c=$(BUILD)/%.o)
LUA   := $(sort $(shell find lua -name '*.lua'))

# The callers, without privilege: nothing of the shim is linked into them, and nothing of theirs into the shim.
CLIENT_SRC := $(wildcard core/client/*.c)
LOCALD_SRC := $(wildcard core/locald/*.c)

.PHONY: all
all: $(BUILD)/locald-shim $(BUILD)/locald $(BUILD)/liblocald-client.a ## build/locald-shim, build/locald, build/liblocald-client.a

$(BUILD)/liblocald-client.a: $(CLIENT_SRC:%.c=$(BUILD)/%.o)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/locald: $(LOCALD_SRC:%.c=$(BUILD)/%.o) $(BUILD)/liblocald-client.a
	$(CC) $(CFLAGS) $(LDFLAGS) -s -o $@ $^ -ljansson

$(BUILD)/locald-shim: $(OBJ) $(BUILD)/lua_modules.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.debug $^ $(LIBS)
	strip -o $@ $@.debug

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OURFLAGS) -MMD -MP -c -o $@ $<

# All Lua is compiled into the binary as bytecode.
$(BUILD)/lua_modules.c: $(BUILD)/embed $(LUA)
	$(BUILD)/embed lua $(LUA) > $@.tmp
	mv $@.tmp $@

$(BUILD)/lua_modules.o: $(BUILD)/lua_modules.c
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OURFLAGS) -c -o $@ $<

$(BUILD)/embed: core/tools/embed.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -O1 -g -std=c17 $(WARNINGS) -o $@ $< -llua5.4 -lm -ldl

include tests/rules.mk

MAN        := $(DESTDIR)$(PREFIX)/share/man
COMPLETION := $(DESTDIR)$(PREFIX)/share/bash-completion/completions

.PHONY: install
install: all ## install setuid root below PREFIX (DESTDIR is honoured)
	$(SUDO) install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include
	$(SUDO) install -o root -g root -m 4755 $(BUILD)/locald-shim $(DESTDIR)$(PREFIX)/bin/locald-shim
	$(SUDO) install -o root -g root -m 755 $(BUILD)/locald $(DESTDIR)$(PREFIX)/bin/locald
	$(SUDO) install -o root -g root -m 644 $(BUILD)/liblocald-client.a $(DESTDIR)$(PREFIX)/lib/liblocald-client.a
	$(SUDO) install -o root -g root -m 644 core/client/locald_client.h $(DESTDIR)$(PREFIX)/include/locald_client.h
	$(SUDO) install -d $(MAN)/man1 $(MAN)/man8 $(COMPLETION)
	$(SUDO) install -o root -g root -m 644 docs/man/locald.1 $(MAN)/man1/locald.1
	$(SUDO) install -o root -g root -m 644 docs/man/locald-shim.8 $(MAN)/man8/locald-shim.8
	$(SUDO) install -o root -g root -m 644 docs/completion/locald.bash $(COMPLETION)/locald
	$(SUDO) install -o root -g root -m 644 docs/completion/locald.bash $(COMPLETION)/locald-shim

.PHONY: uninstall
uninstall: ## remove what install installed
	$(SUDO) rm -f $(DESTDIR)$(PREFIX)/bin/locald-shim $(DESTDIR)$(PREFIX)/bin/locald \
	    $(DESTDIR)$(PREFIX)/lib/liblocald-client.a $(DESTDIR)$(PREFIX)/include/locald_client.h \
	    $(MAN)/man1/locald.1 $(MAN)/man8/locald-shim.8 $(COMPLETION)/locald $(COMPLETION)/locald-shim

.PHONY: clean
clean: ## remove build/
	rm -rf $(BUILD)

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9 _-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

-include $(OBJ:.o=.d) $(CLIENT_SRC:%.c=$(BUILD)/%.d) $(LOCALD_SRC:%.c=$(BUILD)/%.d)
