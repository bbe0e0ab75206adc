//! The `jianmian` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    jianmian::cli::run()
}
