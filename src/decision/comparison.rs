//! The one number of the comparison.

use crate::domain::{evidence::Evidence, score::ComparisonScore};

/// Score of the normalised mean of the best probes' embeddings against the reference that is most alike. `None` without
/// probes, without references, or when they come from different embedders.
///
/// The mean of embeddings averages out pose and noise before the comparison, which the mean of scores does not. The best
/// reference counts because references differ in age, not in person; with `k` references the false match rate is at most
/// `k` times that of one, so references are to be kept few.
pub fn fused_comparison(evidence: &Evidence) -> Option<ComparisonScore> {
    let probe = evidence.liveness.fused_probe()?;
    let scores = evidence.references.iter().filter_map(|r| probe.compare(&r.embedding));
    scores.filter(|s| s.0.is_finite()).reduce(|a, b| if b > a { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        fixtures::{embedding, evidence},
        ids::ReferenceId,
        score::QualityScore,
    };

    #[test]
    fn the_mean_probe_meets_the_most_alike_reference() {
        let mut e = evidence();
        let near = fused_comparison(&e).unwrap().0;
        assert!((near - 0.8).abs() < 1e-5);
        let mut old = e.references[0].clone();
        old.id = ReferenceId::new();
        old.embedding = embedding(-1.0);
        e.references.insert(0, old);
        assert!((fused_comparison(&e).unwrap().0 - near).abs() < 1e-6);
    }

    #[test]
    fn worse_probes_do_not_dilute() {
        let mut e = evidence();
        let mut blurred = e.liveness.probes[0].clone();
        blurred.quality = QualityScore::new(10.0);
        blurred.embedding = embedding(0.0);
        e.liveness.probes.insert(0, blurred);
        assert!((fused_comparison(&e).unwrap().0 - 0.8).abs() < 1e-5);
    }

    #[test]
    fn nothing_to_compare_is_no_score() {
        let mut e = evidence();
        e.references.clear();
        assert_eq!(fused_comparison(&e), None);
        let mut e = evidence();
        e.liveness.probes.clear();
        assert_eq!(fused_comparison(&e), None);
    }
}
