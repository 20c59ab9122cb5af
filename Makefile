# Two commands do all the set-up on a fresh Debian 12 with Swift 6.3: `make demo` and `make test`.

SWIFT ?= swift
# Debian's own Python, for which apt installs jsonschema; another one may stand before it on the PATH.
PYTHON := $(shell [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || echo python3)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
RELEASE := .build/release/laennec
# What the build needs beyond the Swift toolchain; nftables, strace, python3-jsonschema and python3-yaml let tests run
# that are skipped without.
PACKAGES := libpcap-dev libsqlite3-dev zlib1g-dev libzstd-dev libmaxminddb-dev pkg-config git ca-certificates
TEST_PACKAGES := $(PACKAGES) chromium cmark-gfm nftables strace python3 python3-jsonschema python3-venv python3-yaml tshark
# Validators of the data formats, from the Python Package Index; without a network what is missing is skipped.
FORMATS := .build/formats
# The campaign that the page of the second one is compared with in its test.
EARLIER := Tests/Captures/demo-hospital.pcapng

.PHONY: help demo test build setup setup-test bench accuracy redaction fuzz lint man clean

help:
	@echo "make demo      install what is missing, build, scan the capture of a small hospital"
	@echo "make test      everything that CI runs"
	@echo "make build     the release binary, $(RELEASE)"
	@echo "make bench     the benchmark (about 3 GB of generated captures)"
	@echo "make accuracy CAPTURES=folder   compare with captures that have a truth.tsv"
	@echo "make redaction the long test of laennec redact"
	@echo "make fuzz      the long mutation run"
	@echo "make man       man pages, into .build/man"

demo: build
	$(RELEASE) scan Tests/Captures/demo-hospital.pcapng

build: setup
	$(SWIFT) build -c release --static-swift-stdlib --product laennec -Xlinker -s

setup: check-swift
	@$(call install,$(PACKAGES))

setup-test: check-swift
	@$(call install,$(TEST_PACKAGES))

# Installs only what dpkg does not know, so that a machine without network and with everything installed works too.
define install
missing=""; for package in $(1); do dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
if [ -n "$$missing" ]; then \
	echo "installing:$$missing"; \
	$(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
fi
endef

.PHONY: check-swift
check-swift:
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.3 is not installed: follow https://www.swift.org/install/linux/ and put it on the PATH."; exit 1; }

test: setup-test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel
	$(PYTHON) Tests/Documentation/attributes.py --check
	$(PYTHON) Tests/Documentation/links.py
	$(PYTHON) Tests/Documentation/readme.py --laennec "$$($(SWIFT) build --show-bin-path)/laennec" --check
	$(PYTHON) Tests/Documentation/tutorial.py --laennec "$$($(SWIFT) build --show-bin-path)/laennec"
	$(PYTHON) Tests/Documentation/schema_check.py --laennec "$$($(SWIFT) build --show-bin-path)/laennec" Tests/Captures
	@$(MAKE) --no-print-directory $(FORMATS)/installed || echo "skipped: the validators of the data formats cannot be had (Tests/Documentation/formats.txt)"
	@[ ! -e $(FORMATS)/installed ] || $(FORMATS)/bin/python Tests/Documentation/formats.py --laennec "$$($(SWIFT) build --show-bin-path)/laennec"
	$(PYTHON) Tests/Documentation/inventory_check.py --laennec "$$($(SWIFT) build --show-bin-path)/laennec" Tests/Captures
	@axe=$$(find $(FORMATS) -name axe.min.js 2>/dev/null | head -n 1); for language in fr en; do \
		scan="$$($(SWIFT) build --show-bin-path)/laennec scan --quiet --language $$language --site docs/demo/site.$$language.yml"; \
		$$scan --report .build/report.$$language.html Tests/Captures/demo-hospital.pcapng && \
		$$scan --compare $(EARLIER) --report .build/report.compared.$$language.html Tests/Captures/demo-hospital-2.pcapng && \
		{ $(PYTHON) Tests/Browser/report.py $${axe:+--axe $$axe} .build/report.$$language.html || [ $$? = 77 ]; } && \
		{ $(PYTHON) Tests/Browser/report.py $${axe:+--axe $$axe} --compared .build/report.compared.$$language.html || [ $$? = 77 ]; } || exit 1; \
	done

$(FORMATS)/installed: Tests/Documentation/formats.txt Tests/Documentation/formats-data.txt
	rm -rf $(FORMATS)
	$(PYTHON) -m venv $(FORMATS)
	$(FORMATS)/bin/pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 -r Tests/Documentation/formats.txt
	$(FORMATS)/bin/pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 --no-deps -r Tests/Documentation/formats-data.txt
	touch $@

bench: build
	$(MAKE) -C Benchmarks bench

accuracy: build
	@[ -d "$(CAPTURES)" ] || { echo "make accuracy CAPTURES=folder: a folder of captures with truth.tsv and index.tsv beside them"; exit 1; }
	$(PYTHON) Tests/Accuracy/accuracy.py --laennec $(RELEASE) --captures "$(CAPTURES)" --disagreements .build/disagreements.tsv

# Every capture of the project redacted, searched and compared, and opened with Wireshark; `make test` leaves the ten out that take longest.
redaction: setup-test
	LAENNEC_ALL=1 $(SWIFT) test --filter "RedactionTests|WiresharkTests"

fuzz: setup-test
	LAENNEC_MUTATIONS=20000 $(SWIFT) test --filter MutationTests

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

man: setup
	$(SWIFT) package --allow-writing-to-package-directory generate-manual
	mkdir -p .build/man && cp .build/plugins/GenerateManual/outputs/laennec/*.1 .build/man/

clean:
	rm -rf .build Benchmarks/.build Benchmarks/captures
