# `make` alone lists the targets. Each sets up what it needs: the first one makes .venv.
# ARGS is passed on: make lab ARGS="--no-browser --port=8889", make test ARGS="-k dense".
# CH chooses chapters: make course CH="00 02", make notebooks CH=03.

PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# Compiled kernels stay with the project, so that a second process finds them.
export NUMBA_CACHE_DIR ?= $(CURDIR)/.numba_cache
# Kernels are read from the disk at once, and malloc keeps what a training step frees for the next
# one (32 MiB, 1 GiB): see minidl/kernels/tuning.py.
export MINIDL_TUNED ?= 1
export MALLOC_MMAP_THRESHOLD_ ?= 33554432
export MALLOC_TRIM_THRESHOLD_ ?= 1073741824
# Where nobody may write at home, Jupyter would not start, and IPython and matplotlib would warn and
# leave temporary folders.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export IPYTHONDIR ?= $(CURDIR)/.venv/ipython
export MPLCONFIGDIR ?= $(CURDIR)/.venv/matplotlib
export JUPYTER_CONFIG_DIR ?= $(CURDIR)/.venv/jupyter/config
export JUPYTER_DATA_DIR ?= $(CURDIR)/.venv/jupyter/data
export JUPYTER_RUNTIME_DIR ?= $(CURDIR)/.venv/jupyter/runtime
endif
# JupyterLab's first start asks nobody whether they want its news.
LAB_SETTINGS := .venv/share/jupyter/lab/settings
NO_NEWS := {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
# Nor does a student see a teacher's buttons: nbgrader's menu, "Create Assignment", "Validate".
NO_TEACHER := {"disabledExtensions": {"@jupyter/nbgrader": true}}

# The networks here are small: a second thread waits more than it helps, and two processes that
# both want every core wait for each other.
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help lab test test-graders test-site soak course bench bench-plots bench-kernels gpu-report \
	notebooks pages site dist-check exercises check grade lint format lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

# The kernels keep their threads; products that a reader writes, `x @ W`, take one.
lab: .venv/.ready  ## open the course in JupyterLab
	OPENBLAS_NUM_THREADS=1 $(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb \
		$(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

test: .venv/.ready  ## run the tests and every chapter, and compare every output
	$(ONE_THREAD) $(BIN)/pytest -n auto $(ARGS)

# tests/graders is named, since only then its conftest.py adds up what was caught.
test-graders: .venv/.ready  ## put every answer of every catalogue through nbgrader (long)
	$(ONE_THREAD) $(BIN)/pytest tests/graders tests -m graders -n auto $(ARGS)

test-site: .venv/.ready  ## build the website and read its pages in Chromium
	$(ONE_THREAD) $(BIN)/pytest tests/site -m site -n auto $(ARGS)

soak: .venv/.ready  ## kill, and feed bad inputs at random; check bounds in every kernel (long)
	$(ONE_THREAD) $(BIN)/pytest tests/soak -m soak -n auto $(ARGS)

course: .venv/.ready  ## run every chapter headless; ends with a table of results
	$(ONE_THREAD) $(BIN)/python tools/course.py $(CH)

bench: .venv/.ready  ## time training steps side by side with the frameworks
	$(BIN)/python benchmarks/train_step.py $(ARGS)

bench-plots: .venv/.ready  ## how a step grows with batch, width, time and cores (needs PyTorch)
	$(BIN)/python benchmarks/growth.py $(ARGS)

bench-kernels: .venv/.ready  ## time each kernel against the limits of the machine
	$(BIN)/python benchmarks/kernels.py $(ARGS)

gpu-report:  ## all that a GPU can tell in ten minutes, by any python3 that has CuPy and PyTorch
	$(PYTHON) tools/gpu_report.py $(ARGS)

notebooks: .venv/.ready  ## run the chapters and write their outputs into them
	$(ONE_THREAD) $(BIN)/python tools/notebooks.py notebooks/$(CH)*.ipynb

pages: .venv/.installed  ## say what is wrong with the language and the layout of chapters
	@$(BIN)/python tools/pages.py notebooks/$(CH)*.ipynb

site: .venv/.installed  ## build the course as a website in build/site, offline
	$(BIN)/python tools/build_site.py $(ARGS)

dist-check: .venv/.installed  ## build wheel and sdist in dist/ and use them in an empty environment
	$(BIN)/python tools/dist_check.py $(TAG)

exercises: .venv/.ready  ## make exercises/ from solutions/
	$(BIN)/python tools/exercises.py $(ARGS)

# Q=tied: that question alone, without the training of the experiment.
check: .venv/.ready  ## print the marks of your exercise: make check CH=04 Q=tied
	$(ONE_THREAD) $(BIN)/python tools/check.py $(CH) $(if $(Q),--question $(Q))

# SUBMISSIONS/student/chapter/chapter.ipynb in, MARKS/marks.csv and MARKS/feedback/ out.
MARKS ?= marks
grade: .venv/.ready  ## grade what was handed in: make grade SUBMISSIONS=folder
	$(ONE_THREAD) $(BIN)/python tools/grade.py $(if $(SUBMISSIONS),"$(SUBMISSIONS)") "$(MARKS)" $(ARGS)

lint: .venv/.installed  ## complain about style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.installed  ## mend what can be mended of it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Keeps the versions that still fit; make lock ARGS=--upgrade takes the newest.
lock: .venv/.installed  ## pin the dependencies of pyproject.toml in requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra course --extra grading --extra test --extra site --extra dev \
		--universal --python-version 3.11 --no-emit-index-url --custom-compile-command 'make lock' \
		--quiet --output-file requirements.lock $(ARGS)

clean:  ## remove caches; remove .venv by hand to set up anew
	rm -rf .venv/.ready .venv/.warm .numba_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name .venv -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) \
		-prune -exec rm -rf {} +

.venv/.ready: .venv/.installed .venv/.warm | $(LAB_SETTINGS)/page_config.json
	@$(BIN)/python -m compileall -q minidl minidl_course tools
	@$(BIN)/python -c 'import matplotlib.font_manager' 2>/dev/null || true
	@touch $@

# Numba's cache does not notice a change in a function that a kernel calls from another file.
.venv/.warm: .venv/.needed $(shell find minidl/kernels minidl_course/games -name '*.py')
	@rm -rf .numba_cache
	@$(ONE_THREAD) $(BIN)/python -m minidl.kernels.warmup
	@$(ONE_THREAD) $(BIN)/python -m minidl_course.games.warmup
	@touch $@

# pip compiles one file after the other; here all cores do, and nobody imports a package's own tests.
.PHONY: compiled
compiled:
	@$(BIN)/python -c 'import compileall, re, sysconfig as s; \
		tests = re.compile(r"packages.*\btests\b"); \
		compileall.compile_dir(s.get_path("purelib"), rx=tests, quiet=2, workers=0)'

.venv/.installed: .venv/.needed
	$(BIN)/pip install --no-compile -r requirements.lock
	@$(MAKE) --no-print-directory compiled
	@touch $@

# The package and what it imports: `make -j2` compiles kernels while pip waits for all the rest.
.venv/.needed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'minidl needs Python 3.11 or newer, and "$(PYTHON)" is not.' \
			'Name one: make $(MAKECMDGOALS) PYTHON=python3.12'; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --no-compile --constraint requirements.lock -e .
	@touch $@

$(LAB_SETTINGS)/page_config.json: Makefile .venv/.installed
	@mkdir -p $(LAB_SETTINGS)
	@echo '$(NO_NEWS)' > $(LAB_SETTINGS)/overrides.json
	@echo '$(NO_TEACHER)' > $@
