# Short names for what run.py and lobby do; `just` alone lists them.

python := "python3"

[private]
default:
    @just --list --unsorted

# prepare .venv (a second time: nothing to do)
setup *args:
    {{ python }} run.py setup {{ args }}

# the desk, its sample branch and a conversation in this terminal
demo *args:
    {{ python }} run.py demo {{ args }}

# the edge server alone
serve *args:
    {{ python }} run.py serve {{ args }}

# build the web page, which the server then serves
web *args:
    {{ python }} run.py web {{ args }}

# one turn: just ask --text "What is the status of flight LB204?"
[positional-arguments]
ask *args:
    {{ python }} run.py ask "$@"

# what works on this machine, and what to do about the rest
doctor *args:
    {{ python }} run.py doctor {{ args }}

# lint, types and tests; arguments go to pytest
[positional-arguments]
test *args:
    {{ python }} run.py test "$@"

# the slow tests; arguments go to pytest
[positional-arguments]
slow *args:
    {{ python }} run.py slow "$@"

# lint and types only
lint:
    {{ python }} run.py lint

# stock clients of other makers speak with the desk; arguments go to pytest
[positional-arguments]
conformance *args:
    {{ python }} run.py conformance "$@"

# put the code into its form
format:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .

# renew requirements/*.txt from pyproject.toml (just lock --upgrade: newer versions)
lock *args:
    {{ python }} run.py lock {{ args }}
