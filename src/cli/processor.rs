//! Whether this processor has the instructions that this build was compiled for (`scripts/release.sh`): said in words, because
//! otherwise the first such instruction ends the process without any.

/// Instructions that a build can take for granted, as Linux names them, and whether this one does (the x86-64-v2 level of the psABI).
const ASSUMED: [(&str, bool); 5] = [
    ("ssse3", cfg!(target_feature = "ssse3")),
    ("sse4_1", cfg!(target_feature = "sse4.1")),
    ("sse4_2", cfg!(target_feature = "sse4.2")),
    ("popcnt", cfg!(target_feature = "popcnt")),
    ("cx16", cfg!(target_feature = "cmpxchg16b")),
];

/// # Errors
/// The instructions that are missing. Where the system does not tell (no `/proc/cpuinfo`), nothing is missing.
pub(super) fn suffices() -> anyhow::Result<()> {
    let Ok(told) = std::fs::read_to_string("/proc/cpuinfo") else { return Ok(()) };
    let missing = missing(&told, &ASSUMED);
    anyhow::ensure!(
        missing.is_empty(),
        "this build needs a processor of 2009 or later: {} missing here; build with `cargo build --release` instead of scripts/release.sh",
        missing.join(", ")
    );
    Ok(())
}

/// What of the assumed is not among the first processor's flags. Empty when no flags are told.
fn missing<'a>(told: &str, assumed: &[(&'a str, bool)]) -> Vec<&'a str> {
    let flags = told.lines().find_map(|line| line.strip_prefix("flags")?.split_once(':'));
    let Some((_, flags)) = flags else { return Vec::new() };
    let has = |name: &str| flags.split_ascii_whitespace().any(|flag| flag == name);
    assumed.iter().filter(|(name, assumed)| *assumed && !has(name)).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: [(&str, bool); 3] = [("ssse3", true), ("sse4_2", true), ("popcnt", false)];

    #[test]
    fn what_the_build_assumes_and_the_processor_lacks_is_named() {
        let old = "processor\t: 0\nflags\t\t: fpu sse2 ssse3 sse4_1\n\nprocessor\t: 1\nflags\t\t: sse4_2\n";
        assert_eq!(missing(old, &V2), ["sse4_2"]);
        assert!(missing("flags\t\t: ssse3 sse4_2", &V2).is_empty());
        assert!(missing("model name\t: silent", &V2).is_empty());
    }

    #[test]
    fn this_build_runs_here() {
        assert!(suffices().is_ok());
    }
}
