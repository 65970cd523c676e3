#!/bin/sh
# Installs pixcrawler; with --demo also what its starter workspace needs, and runs that.
#
#   ./install.sh            a released binary, else a build of this checkout, to ~/.local/bin
#   ./install.sh --demo     goes on: uv, bun, ./pixcrawler-demo, pixcrawler dev --migrate
#
# Safe to run again: what is there already is kept. Nothing outside $HOME and the current
# folder is written, and nothing needs root.

set -eu

usage() {
    cat <<'END'
Installs pixcrawler to ~/.local/bin.

Usage: ./install.sh [--demo] [--from-source] [--prefix DIR] [--version VERSION] [-- ARGUMENTS]

  --demo             then install uv and bun when they are missing, make ./pixcrawler-demo,
                     and run `pixcrawler dev --migrate` there; ARGUMENTS are passed on to it
  --from-source      build this checkout even where a released binary exists
  --prefix DIR       install to DIR/bin (default: $PREFIX, else ~/.local)
  --version VERSION  this release (default: the checkout's version, else the latest)
  -h, --help         this text

PIXCRAWLER_CLI_RELEASES names another place to look for releases.
END
}

say() { printf '%s\n' "$*"; }
step() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die WHAT [WAY OUT]
die() {
    printf 'error: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf ' = help: %s\n' "$2" >&2; fi
    exit 1
}

bad_usage() {
    printf 'error: %s\n = help: ./install.sh --help\n' "$1" >&2
    exit 2
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- what this machine and this folder are -----------------------------------------------

# The platform as the release's files name it; empty where none is built.
platform() {
    case "$(uname -s) $(uname -m)" in
        "Linux x86_64" | "Linux amd64") arch=x86_64 system=unknown-linux-gnu ;;
        "Linux aarch64" | "Linux arm64") arch=aarch64 system=unknown-linux-gnu ;;
        "Darwin x86_64") arch=x86_64 system=apple-darwin ;;
        "Darwin arm64") arch=aarch64 system=apple-darwin ;;
        *) return 0 ;;
    esac
    # The binary is linked to glibc.
    if [ "$system" = unknown-linux-gnu ] && ldd --version 2>&1 | grep -qi musl; then return 0; fi
    echo "$arch-$system"
}

# The folder of the checkout that this script lies in; empty when it was piped into a shell.
checkout() {
    case $0 in
        */*) folder=${0%/*} ;;
        *) folder=. ;;
    esac
    if [ -f "$folder/install.sh" ] && grep -q '^name = "pixcrawler"$' "$folder/Cargo.toml" 2>/dev/null; then
        (cd "$folder" && pwd -P)
    fi
}

version_of() { sed -n 's/^version = "\(.*\)"$/\1/p' "$1/Cargo.toml" | head -n 1; }

# --- getting the binary ------------------------------------------------------------------

# download URL FILE: true when the file is there afterwards.
download() {
    if has curl; then
        curl -fsSL --connect-timeout 10 --max-time 600 -o "$2" "$1" 2>/dev/null
    elif has wget; then
        wget -q -T 10 -t 1 -O "$2" "$1" 2>/dev/null
    elif has python3; then
        python3 -c 'import shutil, sys, urllib.request as r
shutil.copyfileobj(r.urlopen(sys.argv[1], timeout=10), open(sys.argv[2], "wb"))' "$1" "$2" 2>/dev/null
    else
        return 1
    fi
}

sha256() {
    if has sha256sum; then
        sha256sum <"$1"
    elif has shasum; then
        shasum -a 256 <"$1"
    elif has openssl; then
        openssl dgst -sha256 -r <"$1"
    fi | cut -d ' ' -f 1
}

# Puts the released binary to $work/pixcrawler; false when there is none for us.
# A file that is not what the release says ends the installation.
fetch_release() {
    if [ -z "$target" ]; then
        say "    no binary is released for $(uname -s) $(uname -m)"
        return 1
    fi
    archive=pixcrawler-$target.tar.gz
    if [ "$version" = latest ]; then
        url=$releases/latest/download/$archive
    else
        url=$releases/download/v$version/$archive
    fi
    if ! download "$url" "$work/$archive"; then
        say "    no release to be had at $url"
        return 1
    fi
    download "$url.sha256" "$work/$archive.sha256" ||
        die "$url.sha256 cannot be had, so the download cannot be checked" "build it instead: ./install.sh --from-source"
    expected=$(cut -d ' ' -f 1 <"$work/$archive.sha256")
    actual=$(sha256 "$work/$archive")
    [ -n "$actual" ] || die "none of sha256sum, shasum and openssl is here to check the download" "install one, or: ./install.sh --from-source"
    [ "$expected" = "$actual" ] ||
        die "$archive has the SHA-256 $actual, the release says $expected; nothing was installed" "try again later, or: ./install.sh --from-source"
    tar -xzf "$work/$archive" -C "$work" pixcrawler || die "$archive holds no pixcrawler" "build it instead: ./install.sh --from-source"
    say "    sha256 $actual, as released"
}

# Puts the checkout's own binary to $work/pixcrawler.
build() {
    [ -n "$source" ] || die "there is no checkout here to build" "git clone https://github.com/alaamer12/PixCrawler && cd PixCrawler && ./install.sh"
    if ! has cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH=$PATH:$HOME/.cargo/bin
    fi
    has cargo || die "building needs Rust, and cargo is not on PATH" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh, open a new terminal, and run this again"
    has cc || die "building needs a C compiler, and cc is not on PATH" "sudo apt-get install build-essential (Debian, Ubuntu), or: xcode-select --install (macOS)"
    step "building $source (cargo build --release --locked): the first time takes some minutes"
    output=${CARGO_TARGET_DIR:-$source/target}
    case $output in
        /*) ;;
        *) output=$PWD/$output ;;
    esac
    (cd "$source" && CARGO_TARGET_DIR=$output cargo build --release --locked) ||
        die "the build failed" "Rust 1.95 or newer is needed: rustup update stable"
    cp "$output/release/pixcrawler" "$work/pixcrawler"
}

place() {
    mkdir -p "$bin" || die "$bin cannot be made" "choose another place: ./install.sh --prefix DIR"
    if cmp -s "$work/pixcrawler" "$bin/pixcrawler" 2>/dev/null; then
        say "    $bin/pixcrawler is up to date"
        return
    fi
    # A rename replaces a binary that is running; a copy over it could not.
    new=$bin/.pixcrawler.$$
    if ! { cp "$work/pixcrawler" "$new" && chmod 755 "$new" && mv -f "$new" "$bin/pixcrawler"; }; then
        rm -f "$new"
        die "$bin cannot be written" "choose another place: ./install.sh --prefix DIR"
    fi
    say "    installed $("$bin/pixcrawler" --version) to $bin/pixcrawler"
}

# Says what to add when the terminal would not find what was installed.
mention_path() {
    case :$1: in *":$bin:"*) return ;; esac
    shell=${SHELL:-sh}
    case ${shell##*/} in
        zsh) add="echo 'export PATH=\"$bin:\$PATH\"' >> ~/.zshrc" ;;
        fish) add="fish_add_path '$bin'" ;;
        bash) add="echo 'export PATH=\"$bin:\$PATH\"' >> ~/.bashrc" ;;
        *) add="echo 'export PATH=\"$bin:\$PATH\"' >> ~/.profile" ;;
    esac
    say "    $bin is not on PATH; add it, then open a new terminal:"
    say "        $add"
}

# --- the demo ----------------------------------------------------------------------------

# Whether a program is there and runs.
works() { "$1" --version >/dev/null 2>&1; }

# Puts a program beside pixcrawler, where PATH finds it first.
link() {
    ln -sf "$1" "$bin/${1##*/}"
    # The shell may remember a broken one that it found before.
    hash -r
}

# uv in a private environment: a system's Python may forbid to install into it (PEP 668).
uv_from_pypi() {
    has python3 || return 1
    python3 -m venv "$tools/uv" >"$work/log" 2>&1 &&
        "$tools/uv/bin/python" -m pip install --quiet --disable-pip-version-check uv >>"$work/log" 2>&1 &&
        works "$tools/uv/bin/uv" && link "$tools/uv/bin/uv"
}

# Some Debians have pip without what `venv` needs.
uv_from_pip() {
    has python3 || return 1
    rm -rf "$tools/uv"
    python3 -m pip install --quiet --disable-pip-version-check --target "$tools/uv" uv >>"$work/log" 2>&1 &&
        works "$tools/uv/bin/uv" && link "$tools/uv/bin/uv"
}

uv_from_pipx() {
    has pipx && pipx install uv >"$work/log" 2>&1 && PATH=$PATH:$HOME/.local/bin && has uv && works uv
}

uv_from_its_makers() {
    has curl && download https://astral.sh/uv/install.sh "$work/uv.sh" &&
        UV_INSTALL_DIR=$bin UV_NO_MODIFY_PATH=1 sh "$work/uv.sh" >>"$work/log" 2>&1 && works "$bin/uv"
}

need_uv() {
    if has uv && works uv; then
        step "uv is here: $(uv --version)"
        return
    fi
    step "installing uv, the Python package manager (pipx, else pip into $tools/uv, else astral.sh)"
    uv_from_pipx || uv_from_pypi || uv_from_pip || uv_from_its_makers || {
        tail -n 3 "$work/log" >&2 || true
        die "uv could not be installed" "see https://docs.astral.sh/uv/getting-started/installation, then run this again"
    }
    say "    $(uv --version)"
}

bun_from_npm() {
    has npm || return 1
    npm install --global --silent --no-fund --no-audit --prefix "$tools/npm" bun >"$work/log" 2>&1 || return 1
    # npm may be told not to run a package's own installation, which picks the right binary.
    works "$tools/npm/bin/bun" || (cd "$tools/npm/lib/node_modules/bun" && node install.js) >>"$work/log" 2>&1 || return 1
    works "$tools/npm/bin/bun" || return 1
    link "$tools/npm/bin/bun"
    if [ -e "$tools/npm/bin/bunx" ]; then link "$tools/npm/bin/bunx"; fi
}

bun_from_its_makers() {
    has curl && has bash && has unzip && download https://bun.sh/install "$work/bun.sh" &&
        SHELL=/bin/sh BUN_INSTALL=$tools/bun bash "$work/bun.sh" >>"$work/log" 2>&1 &&
        works "$tools/bun/bin/bun" && link "$tools/bun/bin/bun"
}

need_bun() {
    if has bun && works bun; then
        step "bun is here: $(bun --version)"
        return
    fi
    step "installing bun, the JavaScript package manager (npm into $tools/npm, else bun.sh)"
    bun_from_npm || bun_from_its_makers || {
        tail -n 3 "$work/log" >&2 || true
        die "bun could not be installed" "see https://bun.sh/docs/installation, then run this again"
    }
    say "    $(bun --version)"
}

make_demo() {
    demo=$PWD/pixcrawler-demo
    if [ -f "$demo/celery_core/app.py" ] && [ -f "$demo/frontend/package.json" ] && [ -f "$demo/backend/main.py" ]; then
        step "using the starter workspace in $demo"
    elif [ -e "$demo" ] && [ -n "$(ls -A "$demo" 2>/dev/null || echo file)" ]; then
        die "$demo is there already, and is no starter workspace" "move it away, or run this in another folder"
    else
        step "making a starter workspace (pixcrawler new pixcrawler-demo)"
        "$bin/pixcrawler" new pixcrawler-demo
    fi
}

# --- all of it, in a function: half a download of this script does nothing ----------------

main() {
    demo_wanted='' from_source='' version='' version_wanted=''
    prefix=${PREFIX:-${HOME:?HOME is not set}/.local}
    releases=${PIXCRAWLER_CLI_RELEASES:-https://github.com/alaamer12/PixCrawler/releases}
    while [ $# -gt 0 ]; do
        case $1 in
            --demo) demo_wanted=yes ;;
            --from-source) from_source=yes ;;
            --prefix | --version)
                if [ $# -lt 2 ] || [ -z "$2" ]; then bad_usage "$1 needs a value"; fi
                if [ "$1" = --prefix ]; then prefix=$2; else version=${2#v} version_wanted=yes; fi
                shift
                ;;
            -h | --help)
                usage
                exit 0
                ;;
            --)
                shift
                break
                ;;
            *) bad_usage "unknown argument: $1" ;;
        esac
        shift
    done
    if [ $# -gt 0 ] && [ -z "$demo_wanted" ]; then bad_usage "arguments after -- are for --demo"; fi
    case $prefix in
        /*) ;;
        *) prefix=$PWD/$prefix ;;
    esac
    bin=$prefix/bin
    tools=$prefix/share/pixcrawler
    source=$(checkout)
    target=$(platform)
    if [ -z "$version" ]; then
        version=latest
        if [ -n "$source" ]; then version=$(version_of "$source"); fi
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    found_path=$PATH

    say "This installs pixcrawler to $bin/pixcrawler."
    if [ -n "$demo_wanted" ]; then
        say "Then, for the demo: uv and bun where they are missing (to $tools),"
        say "a starter workspace in $PWD/pixcrawler-demo, and \`pixcrawler dev --migrate\` in it."
    fi
    if [ -n "$from_source" ]; then
        build
    else
        step "looking for a released binary: pixcrawler $version"
        if ! fetch_release; then
            [ -z "$version_wanted" ] || die "pixcrawler $version cannot be had as a binary" "leave out --version to build this checkout"
            build
        fi
    fi
    step "installing to $bin"
    place

    if [ -z "$demo_wanted" ]; then
        mention_path "$found_path"
        say "Next: pixcrawler new demo && cd demo && pixcrawler dev --migrate"
        return
    fi
    PATH=$bin:$PATH
    export PATH
    need_uv
    need_bun
    make_demo
    mention_path "$found_path"
    step "running: pixcrawler dev --migrate${*:+ $*}"
    # What follows replaces this shell, so that Ctrl+C reaches it and nobody else.
    rm -rf "$work"
    trap - EXIT INT TERM HUP
    cd "$demo"
    exec "$bin/pixcrawler" dev --migrate "$@"
}

main "$@"
