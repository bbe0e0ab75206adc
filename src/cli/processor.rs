//! Whether this processor has the instructions that this build was compiled for (`scripts/release.sh`): said in words, because
//! otherwise the first such instruction ends the process without any.

/// Whether this program is for x86-64 at all.
const X86_64: bool = cfg!(target_arch = "x86_64");

/// Instructions as Linux names them, and whether this build takes them for granted: those of the psABI's levels x86-64-v2 and v3. The pixel
/// kernels of the H.264 decoder want SSE4.1 (and so SSSE3) in every build; processors have it since 2008 (Intel) and 2011 (AMD).
const ASSUMED: [(&str, bool); 12] = [
    ("ssse3", X86_64),
    ("sse4_1", X86_64),
    ("sse4_2", cfg!(target_feature = "sse4.2")),
    ("popcnt", cfg!(target_feature = "popcnt")),
    ("cx16", cfg!(target_feature = "cmpxchg16b")),
    ("avx2", cfg!(target_feature = "avx2")),
    ("fma", cfg!(target_feature = "fma")),
    ("f16c", cfg!(target_feature = "f16c")),
    ("bmi1", cfg!(target_feature = "bmi1")),
    ("bmi2", cfg!(target_feature = "bmi2")),
    ("abm", cfg!(target_feature = "lzcnt")),
    ("movbe", cfg!(target_feature = "movbe")),
];

/// # Errors
/// The instructions that are missing. Where the system does not tell (no `/proc/cpuinfo`), nothing is missing.
pub(super) fn suffices() -> anyhow::Result<()> {
    let Ok(told) = std::fs::read_to_string("/proc/cpuinfo") else { return Ok(()) };
    let missing = missing(&told, &ASSUMED);
    anyhow::ensure!(
        missing.is_empty(),
        "this build is for newer processors: {} missing here; JIANMIAN_CPU=x86-64-v2 scripts/release.sh makes one for those since about 2009",
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
