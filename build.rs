//! On Linux the program is linked for a fixed address. Its tables of pointers are right as they lie on
//! the disk then; otherwise each start corrects 33,000 of them and copies 140 pages for that, which is
//! half of what `--version` takes. Nothing else is done at build time.

#![expect(
    clippy::disallowed_methods,
    reason = "this is how cargo and a build script speak"
)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
