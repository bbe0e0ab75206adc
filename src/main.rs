//! The `jianmian` command.

fn main() {}
