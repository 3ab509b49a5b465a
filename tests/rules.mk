# Tests, checks and generated documents. Included by the Makefile.
#
# A unit test is tests/unit/test_NAME.c. It is linked with all of core/base, core/plan and core/gate, as a library:
# a test that defines a function itself (a fake) takes the place of the real one. What else it needs it says in a line
#   /* links: core/engine/init/paths.c -lseccomp lua_modules */
# with sources (wildcards too), libraries, and lua_modules for the embedded Lua. The comment may have several lines.

BUILD_PACKAGES := gcc make libc6-dev linux-libc-dev binutils liblua5.4-dev lua-cjson-dev libseccomp-dev libcap-dev libjansson-dev
DEMO_PACKAGES  := busybox-static util-linux
TEST_PACKAGES  := lua5.4 lua-cjson lua-busted lua-check libcmocka-dev cppcheck clang clang-format clang-tidy libclang-rt-dev \
                  bats busybox-static mmdebstrap strace jq uidmap procps mandoc

# $(call apt_install,PACKAGES): asks apt only when one is missing, so that it is fast and works offline.
define apt_install
	@missing=""; for p in $(1); do \
	    dpkg-query -W -f '$${db:Status-Status}' "$$p" 2>/dev/null | grep -qx installed || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	    echo "installing:$$missing"; \
	    $(SUDO) apt-get update -q && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	fi
endef

.PHONY: deps deps-build
deps: ## install the Debian packages that build and tests need
	$(call apt_install,$(BUILD_PACKAGES) $(TEST_PACKAGES))

deps-build:
	$(call apt_install,$(BUILD_PACKAGES) $(DEMO_PACKAGES))

# --- unit tests: ASan and UBSan ---------------------------------------------------------------------------------

SANITIZE   ?= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_LEVEL ?= -O1
UNIT_FLAGS  = $(UNIT_LEVEL) -g -std=c17 $(WARNINGS) $(SANITIZE)
UNIT_BUILD := $(BUILD)/unit
UNIT_SRC   := $(wildcard tests/unit/test_*.c)
UNIT_TESTS := $(UNIT_SRC:tests/unit/%.c=$(UNIT_BUILD)/%)
UNIT_PARTS := $(wildcard core/base/*.c core/plan/*.c core/parse/*.c core/gate/*.c)
UNIT_LIB   := $(UNIT_BUILD)/parts.a

$(UNIT_BUILD)/o/%.o: %.c
	@mkdir -p $(@D)
	@echo "  unit $<"; $(CC) $(CPPFLAGS) $(UNIT_FLAGS) -MMD -MP -c -o $@ $<

$(UNIT_LIB): $(UNIT_PARTS:%.c=$(UNIT_BUILD)/o/%.o)
	@rm -f $@
	@ar rcs $@ $^

$(UNIT_BUILD)/o/lua_modules.o: $(BUILD)/lua_modules.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(UNIT_FLAGS) -c -o $@ $<

# $(1) the test's name, $(2) the words of its line "links:"
define UNIT_RULE
$(UNIT_BUILD)/$(1): $(UNIT_BUILD)/o/tests/unit/$(1).o \
    $(patsubst %.c,$(UNIT_BUILD)/o/%.o,$(wildcard $(filter %.c,$(2)))) \
    $(if $(filter lua_modules,$(2)),$(UNIT_BUILD)/o/lua_modules.o) $(UNIT_LIB)
	@$$(CC) $(SANITIZE) -o $$@ $$^ $(filter -l%,$(2)) -lcmocka
endef
$(foreach t,$(UNIT_SRC),$(eval $(call UNIT_RULE,$(basename $(notdir $(t))),$(shell \
    sed -n '/^\/\* links:/,/\*\// {s@^/\* links:@@; s@^ \* @@; s@\*/@@; p}' $(t)))))

.PHONY: unit
unit: $(UNIT_TESTS) ## unit tests of the C parts, under ASan and UBSan
	@failed=""; for t in $(UNIT_TESTS); do \
	    if CMOCKA_MESSAGE_OUTPUT=stdout ASAN_OPTIONS=detect_leaks=1 $$t > $$t.log 2>&1; then \
	        echo "ok     $${t##*/}: $$(grep -c '\[       OK \]' $$t.log) tests"; \
	    else \
	        cat $$t.log; echo "FAILED $${t##*/}"; failed="$$failed $${t##*/}"; \
	    fi; \
	done; \
	[ -n "$(UNIT_TESTS)" ] && [ -z "$$failed" ] || { echo "unit: failed:$$failed"; exit 1; }

.PHONY: coverage
coverage: ## lines and branches of the gate and the decoder that the unit tests take; all, or it fails
	@BUILD=$(BUILD) sh tests/check/coverage.sh -v

PROVE_PACKAGES := frama-c-base why3 z3 cvc4

.PHONY: prove
prove: ## proof that the decoder keeps within bounds (Frama-C, a few minutes)
	$(call apt_install,$(PROVE_PACKAGES))
	@BUILD=$(BUILD) sh tests/prove/prove.sh

.PHONY: spec
spec: ## the Lua specs
	busted --lua=/usr/bin/lua5.4 spec

# --- fuzzing: libFuzzer, ASan and UBSan ---------------------------------------------------------------------------

FUZZ_BUILD   := $(BUILD)/fuzz
FUZZ_FLAGS    = -O1 -g -std=c17 $(WARNINGS) -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(FUZZ_BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PARTS   := $(UNIT_PARTS)
FUZZ_SEEDS   := $(wildcard spec/golden/*.json tests/fuzz/seeds/*.json)
SECONDS_ALL   = $(if $(filter environment command,$(origin SECONDS)),$(SECONDS),40)

$(FUZZ_BUILD)/o/%.o: %.c
	@mkdir -p $(@D)
	@clang $(CPPFLAGS) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_BUILD)/o/lua_modules.o: $(BUILD)/lua_modules.c
	@mkdir -p $(@D)
	@clang $(CPPFLAGS) -O1 -c -o $@ $<

$(FUZZ_BUILD)/fuzz_config: $(patsubst %.c,$(FUZZ_BUILD)/o/%.o,$(filter-out %/host.c,$(wildcard core/interpreter/*.c))) \
    $(FUZZ_BUILD)/o/lua_modules.o
$(FUZZ_BUILD)/fuzz_sync: $(FUZZ_BUILD)/o/core/engine/sync.o
$(FUZZ_BUILD)/fuzz_cache: $(FUZZ_BUILD)/o/core/interpreter/cache.o $(FUZZ_BUILD)/o/core/interpreter/seal.o
$(FUZZ_BUILD)/fuzz_client: $(patsubst %,$(FUZZ_BUILD)/o/core/client/%.o,error said version event)
$(FUZZ_BUILD)/fuzz_plan: $(FUZZ_BUILD)/o/tests/fuzz/plan_mutator.o $(FUZZ_BUILD)/o/tests/fuzz/promises.o
$(FUZZ_BUILD)/fuzz_%: $(FUZZ_BUILD)/o/tests/fuzz/fuzz_%.o $(FUZZ_PARTS:%.c=$(FUZZ_BUILD)/o/%.o)
	@clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(if $(filter fuzz_config,$(@F)),-llua5.4 -llua5.4-cjson -lseccomp -lm) \
	    $(if $(filter fuzz_client,$(@F)),-ljansson)

.SECONDARY:
.PHONY: fuzz
fuzz: $(FUZZ_TARGETS) ## fuzz decoder, gate, interpreter, parsers: make fuzz SECONDS=N
	@mkdir -p $(FUZZ_BUILD)/corpus/fuzz_plan $(FUZZ_BUILD)/corpus/fuzz_config
	@for f in $(FUZZ_SEEDS); do jq -c . "$$f" > $(FUZZ_BUILD)/corpus/fuzz_config/$${f##*/} || exit 1; done
	@ASAN_OPTIONS=detect_leaks=0 $(FUZZ_BUILD)/fuzz_config --seeds $(FUZZ_BUILD)/corpus/fuzz_plan $(FUZZ_SEEDS)
	@BUILD=$(BUILD) SECONDS_ALL=$(SECONDS_ALL) sh tests/fuzz/fuzz.sh

# --- static checks ----------------------------------------------------------------------------------------------

LINT_SRC    := $(SRC) $(CLIENT_SRC) $(LOCALD_SRC) $(wildcard core/tools/*.c)
FORMAT_SRC   = $(shell find core tests docs/examples -name '*.[ch]' -not -path '*/fixtures/*')
CPPCHECK    := cppcheck -q -j2 --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
               --suppress=missingIncludeSystem --suppress=unknownMacro
TIDY_FLAGS  := -D_GNU_SOURCE -DSHIM_VERSION=\"x\" -I. -I/usr/include/lua5.4 -std=c17

.PHONY: lint
lint: ## luacheck, cppcheck, clang-tidy
	luacheck -q lua spec
	$(CPPCHECK) -I. -D_GNU_SOURCE -D__$(shell uname -m)__ -DSHIM_VERSION='"x"' $(LINT_SRC)
	@echo "clang-tidy: $(words $(LINT_SRC)) files"
	@printf '%s\n' $(LINT_SRC) | xargs -P2 -n4 sh -c 'clang-tidy --quiet "$$@" -- $(TIDY_FLAGS) 2>/dev/null' tidy

.PHONY: format
format: ## lay out all C as .clang-format says
	clang-format -i $(FORMAT_SRC)

.PHONY: check
check: all lint ## lint, layers, symbols, sizes, hardening, documents
	@failed=""; for c in tests/check/[a-z]*.sh; do \
	    if BUILD=$(BUILD) sh $$c; then echo "ok     $$c"; else echo "FAILED $$c"; failed="$$failed $$c"; fi; \
	done; [ -z "$$failed" ] || { echo "check: failed:$$failed"; exit 1; }

$(BUILD)/ops_doc: core/tools/ops_doc.c $(wildcard core/base/*.c core/plan/*.c) core/plan/ops.def core/plan/plan.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -O1 -g -std=c17 $(WARNINGS) -o $@ $(filter %.c,$^)

.PHONY: docs
docs: $(BUILD)/ops_doc ## write docs/plan-ops.md from the operations table
	@mkdir -p docs
	$(BUILD)/ops_doc > docs/plan-ops.md

# --- the virtual machine ------------------------------------------------------------------------------------------

VM_PACKAGES := bats qemu-system-x86 mmdebstrap e2fsprogs kmod cpio busybox-static secilc
VM_RUN       = $(SUDO) env VM="$${VM:-$(abspath $(BUILD))/vm}" BUILD=$(BUILD) FILTER="$$FILTER" MACHINES="$$MACHINES" \
               VM_TIMEOUT="$$VM_TIMEOUT"
E2E_TOOLS   := $(patsubst tests/e2e/tools/%.c,$(BUILD)/e2e-tools/%,$(wildcard tests/e2e/tools/*.c))

# Static, so that they run in any container and in the virtual machine.
$(BUILD)/e2e-tools/%: tests/e2e/tools/%.c $(wildcard tests/e2e/tools/*.def)
	@mkdir -p $(@D)
	$(CC) -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -static -o $@ $<

.PHONY: e2e-tools
e2e-tools: $(E2E_TOOLS)

# For tests/callers: the client library at work, and programs that pretend to be the shim. docs/examples too, as a reader
# would compile them.
CALLERS_TOOLS := $(patsubst tests/callers/tools/%.c,$(BUILD)/callers-tools/%,$(wildcard tests/callers/tools/*.c)) \
                 $(patsubst docs/examples/%.c,$(BUILD)/callers-tools/example-%,$(wildcard docs/examples/*.c))
CALLERS_CC     = $(CC) -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -static

$(BUILD)/callers-tools/%: tests/callers/tools/%.c $(BUILD)/liblocald-client.a
	@mkdir -p $(@D)
	$(CALLERS_CC) -I. -o $@ $^ -ljansson

$(BUILD)/callers-tools/example-%: docs/examples/%.c $(BUILD)/liblocald-client.a
	@mkdir -p $(@D)
	$(CALLERS_CC) -Icore/client -o $@ $^ -ljansson

.PHONY: callers-tools
callers-tools: $(CALLERS_TOOLS)

# The program with an interpreter that attacks: all real objects but that one's entry. For tests/attacks only, which
# installs it in a place of its own; tests/check/evil.sh sees to it that nothing of it is in what users get.
EVIL_SRC := $(wildcard tests/attacks/evil/*.c)
EVIL_OBJ := $(filter-out $(BUILD)/core/interpreter/interpreter.o,$(OBJ)) $(BUILD)/lua_modules.o \
            $(EVIL_SRC:%.c=$(BUILD)/evil/%.o)

$(BUILD)/evil/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OURFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/evil/locald-shim: $(EVIL_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -s -o $@ $^ $(LIBS)

.PHONY: evil
evil: $(BUILD)/evil/locald-shim

.PHONY: vmtest
vmtest: all e2e-tools evil ## tests/vm and end-to-end tests on Linux 6.1 in virtual machines (FILES=... for some)
	$(call apt_install,$(VM_PACKAGES))
	@$(VM_RUN) LSM="$$LSM" FILES="$$FILES" sh tests/vm/run.sh
	@[ -n "$$FILES" ] || $(VM_RUN) LSM=selinux FILES=tests/vm/selinux/selinux.bats sh tests/vm/run.sh

# --- the whole --------------------------------------------------------------------------------------------------

.PHONY: e2e
e2e: all ## end-to-end tests of the installed setuid binary (as root, or with sudo)
	$(SUDO) env BUILD=$(abspath $(BUILD)) bats tests/e2e

.PHONY: attacks
attacks: all evil e2e-tools ## attacks on the installed setuid binary, named after their classes (as root, or with sudo)
	$(SUDO) env BUILD=$(abspath $(BUILD)) bats --setup-suite-file tests/e2e/setup_suite.bash tests/attacks

.PHONY: callers
callers: all e2e-tools callers-tools ## locald and its library with the installed setuid binary (as root, or with sudo)
	$(SUDO) env BUILD=$(abspath $(BUILD)) bats --setup-suite-file tests/e2e/setup_suite.bash tests/callers

.PHONY: faults
faults: all ## each system call of a run fails, and each process dies there (as root, or with sudo)
	$(SUDO) env BUILD=$(abspath $(BUILD)) STRIDE=$(or $(STRIDE),1) ONLY="$$ONLY" POINT="$$POINT" bash tests/faults/sweep.sh

.PHONY: timeline
timeline: all e2e-tools ## write docs/privilege-timeline.md: who has which privilege, when (as root, or with sudo)
	$(SUDO) env BUILD=$(abspath $(BUILD)) bash tests/attacks/timeline.sh

.PHONY: demo
demo: deps-build ## set all up and run a container as an unprivileged user
	@$(MAKE) --no-print-directory install
	@PREFIX=$(DESTDIR)$(PREFIX) BUILD=$(BUILD) sh tests/demo/demo.sh

.PHONY: bench
bench: all ## times beside the bare system calls, crun, runc and bubblewrap (as root, or with sudo)
	$(call apt_install,crun runc bubblewrap jq busybox-static procps)
	$(SUDO) env BUILD=$(BUILD) RUNS="$$RUNS" PARTS="$$PARTS" LOCK="$$LOCK" bash tests/bench/bench.sh
	[ -n "$$PARTS" ] || $(SUDO) env BUILD=$(BUILD) bash tests/bench/density.bash

.PHONY: test
test: deps ## every test that needs no VM, with all set-up
	@failed=""; passed=""; for t in all check unit spec e2e callers attacks; do \
	    echo "==> $$t"; \
	    if $(MAKE) --no-print-directory $$t; then passed="$$passed $$t"; else failed="$$failed $$t"; fi; \
	done; \
	echo "==> passed:$${passed:- none}"; \
	[ -z "$$failed" ] || { echo "==> FAILED:$$failed"; exit 1; }

-include $(wildcard $(UNIT_BUILD)/o/tests/unit/*.d $(UNIT_BUILD)/o/core/*/*.d $(UNIT_BUILD)/o/core/*/*/*.d)
-include $(wildcard $(FUZZ_BUILD)/o/tests/fuzz/*.d $(FUZZ_BUILD)/o/core/*/*.d $(FUZZ_BUILD)/o/core/*/*/*.d)
-include $(EVIL_SRC:%.c=$(BUILD)/evil/%.d)
