//! The binary: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = pixcrawler::cli::run(std::env::args_os());
    pixcrawler::system::signal::end(exit)
}
