//! Signs of a presentation or injection attack, and the one score that they make together.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A sign. Each is a number; [`AttackPolicy::scales`] says what a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// Mean bona fide score of the attack nets.
    AttackNets,
    /// Straight edges on both sides of the face: the edge of a screen or of paper, 0 to 1.
    Border,
    /// Isolated peaks in the spectrum of the face: the grid of a screen, decades above their surroundings.
    Moire,
    /// The picture's brightness goes up and down from frame to frame, per cent.
    Flicker,
    /// Whole rows or columns change together from frame to frame: the bands of a filmed screen, share 0 to 1.
    Bands,
    /// How much the features of the face move against each other, hundredths of the distance between the eyes.
    FaceMotion,
    /// Part of the face's way that the background takes as well: 1 when both are on one surface, 0 when the background stands still.
    SharedMotion,
    /// Moving pictures that came twice, or one that stood still, s.
    Repetition,
    /// Answer to the screen's light: its correlation, or −1 when it was another order, late, or the same on everything.
    ScreenLight,
    /// From the prompt to the answer, ms, of light or turn; 0 when it came sooner than a person can answer.
    ResponseTime,
}

impl Cue {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::AttackNets,
        Self::Border,
        Self::Moire,
        Self::Flicker,
        Self::Bands,
        Self::FaceMotion,
        Self::SharedMotion,
        Self::Repetition,
        Self::ScreenLight,
        Self::ResponseTime,
    ];

    /// Signs of one family look at the same thing and are not independent.
    pub fn family(self) -> Family {
        match self {
            Self::AttackNets | Self::Border | Self::Moire | Self::Flicker | Self::Bands => {
                Family::Surface
            }
            Self::FaceMotion | Self::SharedMotion | Self::Repetition => Family::Motion,
            Self::ScreenLight | Self::ResponseTime => Family::Answer,
        }
    }
}

/// What signs look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// How the picture looks.
    Surface,
    /// How it moves.
    Motion,
    /// Whether it answers.
    Answer,
}

/// What analysis measures on the surface of a face besides the nets; with every look of the attack nets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    /// [`Cue::Border`].
    pub border: f32,
    /// [`Cue::Moire`]; absent when the face is too small for it.
    pub moire: Option<f32>,
}

/// What liveness measured over the whole call. Absent: there was too little to measure it by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signs {
    /// [`Cue::Border`], median of the looks.
    pub border: Option<f32>,
    /// [`Cue::Moire`], median of the looks.
    pub moire: Option<f32>,
    /// [`Cue::Flicker`].
    pub flicker: Option<f32>,
    /// [`Cue::Bands`].
    pub bands: Option<f32>,
    /// [`Cue::FaceMotion`].
    pub face_motion: Option<f32>,
    /// [`Cue::SharedMotion`].
    pub shared_motion: Option<f32>,
}

/// What the signs mean, and from where on a call goes to an officer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackPolicy {
    /// From this score on a call goes to an officer, however good everything else is. Absent (records from before): never.
    pub doubt_from: Option<f32>,
    /// For each sign, points of value and natural logarithm of the likelihood ratio "attack" to "bona fide", by rising value. Straight
    /// lines between them; beyond the ends nothing more is said. A sign without points says nothing.
    pub scales: BTreeMap<Cue, Vec<[f32; 2]>>,
}

impl AttackPolicy {
    /// What a value of a sign says. 0 for a value that is no number.
    pub fn says(&self, cue: Cue, value: f32) -> f32 {
        let Some(points) = self.scales.get(&cue).filter(|_| value.is_finite()) else { return 0.0 };
        let after = points.partition_point(|p| p[0] <= value);
        match (after.checked_sub(1).and_then(|i| points.get(i)), points.get(after)) {
            (Some([x, y]), Some([next_x, next_y])) => {
                y + (next_y - y) * (value - x) / (next_x - x).max(f32::EPSILON)
            }
            (Some([_, y]), None) | (None, Some([_, y])) => *y,
            (None, None) => 0.0,
        }
    }
}

/// One sign's part in the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Sign.
    pub cue: Cue,
    /// What was measured.
    pub value: f32,
    /// What it adds to the score: above 0 it speaks for an attack, below 0 for a living person.
    pub adds: f32,
}

/// The attack score of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttackScore {
    /// Natural logarithm of how many times likelier the signs together are in an attack than in a bona fide presentation.
    pub score: f32,
    /// Its parts, the strongest sign of an attack first.
    pub parts: Vec<Contribution>,
}

impl AttackScore {
    /// Adds up what was measured. Within a family the strongest sign counts in full and the others by half, because they look at
    /// the same thing.
    pub fn of(measured: impl IntoIterator<Item = (Cue, f32)>, policy: &AttackPolicy) -> Self {
        let mut parts: Vec<Contribution> = measured
            .into_iter()
            .filter(|(cue, _)| policy.scales.contains_key(cue))
            .map(|(cue, value)| Contribution { cue, value, adds: policy.says(cue, value) })
            .collect();
        parts.sort_by(|a, b| b.adds.abs().total_cmp(&a.adds.abs()));
        let mut seen = Vec::new();
        for part in &mut parts {
            let family = part.cue.family();
            if seen.contains(&family) {
                part.adds /= 2.0;
            }
            seen.push(family);
        }
        parts.sort_by(|a, b| b.adds.total_cmp(&a.adds));
        Self { score: parts.iter().map(|p| p.adds).sum(), parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> AttackPolicy {
        let scales = [
            (Cue::AttackNets, vec![[0.2, 4.0], [0.8, -2.0]]),
            (Cue::Moire, vec![[1.0, 0.0], [2.0, 2.0]]),
            (Cue::FaceMotion, vec![[1.0, 1.0], [3.0, -1.0]]),
        ];
        AttackPolicy { doubt_from: Some(1.0), scales: scales.into() }
    }

    #[test]
    fn between_points_a_line_and_beyond_them_no_more() {
        let p = policy();
        let said = |v| p.says(Cue::AttackNets, v);
        assert!((said(0.5) - 1.0).abs() < 1e-6);
        assert!((said(-5.0) - 4.0).abs() < 1e-6 && (said(2.0) + 2.0).abs() < 1e-6);
        assert!((said(0.2) - 4.0).abs() < 1e-6);
        assert!(said(f32::NAN).abs() < 1e-6, "what is no number says nothing");
        assert!(p.says(Cue::Bands, 1.0).abs() < 1e-6, "no scale, no word");
    }

    #[test]
    fn signs_of_one_family_do_not_count_twice() {
        let score = AttackScore::of(
            [(Cue::FaceMotion, 3.0), (Cue::Moire, 2.0), (Cue::AttackNets, 0.2), (Cue::Bands, 1.0)],
            &policy(),
        );
        assert!((score.score - (4.0 + 1.0 - 1.0)).abs() < 1e-6, "{score:?}");
        assert_eq!(score.parts[0].cue, Cue::AttackNets);
        assert_eq!(score.parts.len(), 3);
        assert!((score.parts[2].adds + 1.0).abs() < 1e-6, "motion is a family of its own");
    }

    #[test]
    fn every_sign_has_one_name() {
        let names: std::collections::BTreeSet<_> =
            Cue::ALL.iter().filter_map(crate::domain::name::name_of).collect();
        assert_eq!(names.len(), Cue::ALL.len());
    }
}
