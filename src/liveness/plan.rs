//! What is drawn for one call: light steps, the side of the turn, and when it is asked for.
//!
//! One `ChaCha20` stream per call, from the call's seed: the first plan and every redraw after a restart follow in order, so
//! the same seed and the same events always give the same prompts.

use crate::domain::challenge::{LightStep, Plan, ScreenColour, Side};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// The soft colours of the screen light. Six hues round the circle, at 40 to 67 % relative luminance, none a saturated red
/// (WCAG 2.2, "red flash": R/(R+G+B) at least 0.8; the rose has 0.46).
pub const PALETTE: [ScreenColour; 6] = [
    ScreenColour { r: 255, g: 150, b: 150 },
    ScreenColour { r: 255, g: 205, b: 90 },
    ScreenColour { r: 140, g: 235, b: 140 },
    ScreenColour { r: 110, g: 225, b: 235 },
    ScreenColour { r: 140, g: 165, b: 255 },
    ScreenColour { r: 235, g: 145, b: 245 },
];

/// Paper, the ground of the phone page: before, after, and as the neutral lead-in.
pub const PAPER: ScreenColour = ScreenColour { r: 251, g: 247, b: 240 };

/// The lead-in of paper before the first colour, ms: the camera settles, the ring begins to fill.
pub const LEAD_IN_MS: u32 = 600;
/// Fade from one colour to the next, ms.
pub const FADE_MS: u32 = 150;
/// Steps last this long, ms, when six are drawn and when seven are: at most 1.6 changes a second, 4.5 to 6.2 s in all.
const SIX_MS: (u32, u32) = (750, 1000);
const SEVEN_MS: (u32, u32) = (650, 880);
/// Wait before the turn, ms: long enough that its moment cannot be known, short enough not to worry anybody.
const TURN_AFTER_MS: (u32, u32) = (900, 2600);

/// The random stream of one call.
#[derive(Debug)]
pub(super) struct Draw(ChaCha20Rng);

impl Draw {
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    pub fn plan(&mut self) -> Plan {
        let light = self.light();
        let turn = if self.below(2) == 0 { Side::Left } else { Side::Right };
        Plan { light, turn, turn_after_ms: self.between(TURN_AFTER_MS) }
    }

    /// All six colours in random order, half of the time one of them a second time; never two equal neighbours.
    pub fn light(&mut self) -> Vec<LightStep> {
        let mut colours = PALETTE.to_vec();
        for i in (1..colours.len()).rev() {
            colours.swap(i, self.below(i + 1));
        }
        let seven = self.below(2) == 1;
        if seven {
            let places = places_for_a_seventh(&colours);
            let (at, colour) = places[self.below(places.len())];
            colours.insert(at, colour);
        }
        let range = if seven { SEVEN_MS } else { SIX_MS };
        let step = |colour| LightStep { colour, duration_ms: self.between(range) };
        colours.into_iter().map(step).collect()
    }

    /// Uniform in `0..n` without modulo bias. `n` is at least 1.
    fn below(&mut self, n: usize) -> usize {
        let n = u32::try_from(n).unwrap_or(u32::MAX).max(1);
        let fair = u32::MAX - u32::MAX % n;
        loop {
            let value = self.0.next_u32();
            if value < fair {
                return (value % n) as usize;
            }
        }
    }

    fn between(&mut self, (least, most): (u32, u32)) -> u32 {
        least + u32::try_from(self.below((most - least + 1) as usize)).unwrap_or(0)
    }
}

fn places_for_a_seventh(colours: &[ScreenColour]) -> Vec<(usize, ScreenColour)> {
    let differs = |at: Option<usize>, colour| at.and_then(|i| colours.get(i)) != Some(&colour);
    let mut places = Vec::new();
    for at in 0..=colours.len() {
        for colour in PALETTE {
            if differs(at.checked_sub(1), colour) && differs(Some(at), colour) {
                places.push((at, colour));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn plans() -> Vec<Plan> {
        (0..=255).map(|i| Draw::new([i; 32]).plan()).collect()
    }

    #[test]
    fn plans_are_gentle() {
        for plan in plans() {
            assert!((6..=7).contains(&plan.light.len()));
            assert!(plan.light.windows(2).all(|w| w[0].colour != w[1].colour));
            assert!(plan.light.iter().all(|s| (650..=1000).contains(&s.duration_ms)));
            let total: u32 = plan.light.iter().map(|s| s.duration_ms).sum();
            assert!((4500..=6200).contains(&total), "{total}");
            assert!((900..=2600).contains(&plan.turn_after_ms));
        }
    }

    #[test]
    fn seeds_give_different_plans_and_both_sides() {
        let plans = plans();
        let orders: HashSet<String> = plans.iter().map(|p| format!("{:?}", p.light)).collect();
        assert_eq!(orders.len(), plans.len());
        let left = plans.iter().filter(|p| p.turn == Side::Left).count();
        assert!((90..=166).contains(&left), "{left} of 256");
        assert_eq!(Draw::new([7; 32]).plan(), Draw::new([7; 32]).plan());
    }

    #[test]
    fn a_redraw_is_another_plan() {
        let mut draw = Draw::new([9; 32]);
        assert_ne!(draw.light(), draw.light());
    }

    #[test]
    fn no_colour_is_a_red_flash() {
        for c in PALETTE {
            let sum = u32::from(c.r) + u32::from(c.g) + u32::from(c.b);
            assert!(u32::from(c.r) * 10 < sum * 8);
        }
    }
}
