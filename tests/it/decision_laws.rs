//! Laws of the decision: what holds for any evidence.
#![allow(clippy::cast_precision_loss)]

use super::{
    domain_fixtures::{self as good, embedding, measure, pack, probe, reference},
    liveness_simulator::{Answer, Chance, Scene, call, policy},
};
use jianmian::{
    decision::decide,
    domain::{
        evidence::{CaptureEnd, Continuity, Evidence, LightOutcome, LivenessEvidence, TurnOutcome},
        finding::PackStamp,
        score::{BonaFideScore, Embedding},
        verdict::{Reason, ReasonGroup, Verdict},
    },
};
use proptest::prelude::*;
use std::collections::HashSet;

prop_compose! {
    fn liveness()(
        end in prop::sample::select(vec![
            CaptureEnd::Complete, CaptureEnd::Complete, CaptureEnd::Complete, CaptureEnd::BudgetSpent,
            CaptureEnd::NoUsableFace, CaptureEnd::LineLost, CaptureEnd::Left, CaptureEnd::OurFault,
        ]),
        usable_frames in prop_oneof![0_u32..20, 20_u32..90],
        probes in 0_u64..6,
        cosine in -1.0_f32..1.0,
        good in prop::collection::vec(prop_oneof![9 => 0.7_f32..1.0, 1 => 0.0_f32..1.0], 0..16),
        light in prop::sample::select(vec![
            LightOutcome::Seen(measure()), LightOutcome::Seen(measure()), LightOutcome::Flat(measure()),
            LightOutcome::Inconclusive(None), LightOutcome::Mismatch(measure()), LightOutcome::Late(measure()),
        ]),
        turn in prop::sample::select(vec![
            TurnOutcome::NotAsked, TurnOutcome::Skipped, TurnOutcome::Seen { after_ms: 900 },
            TurnOutcome::WrongSide, TurnOutcome::TooSoon,
        ]),
        spots in prop::array::uniform4(0.0_f32..1.0),
    ) -> LivenessEvidence {
        let rare = |i: usize| spots[i] > 0.9;
        LivenessEvidence {
            end,
            frames: usable_frames + 3,
            usable_frames,
            probes: (0..probes).map(|seq| probe(seq, embedding(cosine))).collect(),
            bona_fide: good.into_iter().map(BonaFideScore).collect(),
            light,
            turn,
            continuity: Continuity {
                least_self_comparison: Some(if rare(0) { 0.1 } else { 0.9 }),
                jumps: if rare(1) { 5 } else { 0 },
                second_face_share: if rare(2) { 0.5 } else { 0.0 },
                repeated_ms: if rare(3) { 4000 } else { 0 },
                ..good::liveness().continuity
            },
            ..good::liveness()
        }
    }
}

prop_compose! {
    fn evidence()(
        liveness in liveness(),
        references in 0_usize..4,
        has_pack in prop::bool::weighted(0.95),
        trial in prop::bool::weighted(0.1),
        has_pad in prop::bool::weighted(0.9),
        attempt in 1_u32..6,
        standing in prop_oneof![
            6 => Just(vec![]),
            1 => prop::sample::subsequence(vec![Reason::RandomSample, Reason::DeathSignal, Reason::AskedForPerson], 1..3),
        ],
    ) -> Evidence {
        Evidence {
            references: (0..references).map(|_| reference(embedding(1.0))).collect(),
            liveness,
            pack: has_pack.then(|| PackStamp { trial, has_pad, ..pack() }),
            attempt,
            standing,
            ..good::evidence()
        }
    }
}

/// From worst to best.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Retry { .. } => 0,
        Verdict::Flagged { .. } => 1,
        Verdict::Confirmed => 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn confirmed_means_that_every_condition_holds(e in evidence()) {
        let policy = policy();
        let decision = decide(&e, &policy);
        if decision.verdict == Verdict::Confirmed {
            let (pack, seen) = (e.pack.clone().unwrap(), &e.liveness);
            prop_assert!(decision.comparison.unwrap() >= pack.accept_from);
            prop_assert!(!pack.trial && pack.has_pad && e.standing.is_empty());
            prop_assert!(seen.bona_fide.len() >= policy.bona_fide_frames_min as usize);
            let good = seen.bona_fide.iter().filter(|s| **s >= pack.bona_fide_from).count();
            prop_assert!(good as f32 >= policy.bona_fide_share_min * seen.bona_fide.len() as f32 - 1e-3);
            let answered = matches!(seen.light, LightOutcome::Seen(_))
                || matches!(seen.turn, TurnOutcome::Seen { .. });
            prop_assert!(answered);
            prop_assert!(!matches!(seen.light, LightOutcome::Mismatch(_) | LightOutcome::Late(_)));
            prop_assert!(seen.turn != TurnOutcome::TooSoon);
            let c = &seen.continuity;
            prop_assert!(c.jumps <= policy.jumps_max && c.repeated_ms <= policy.repeated_ms_max);
            prop_assert!(c.least_self_comparison.unwrap() >= policy.self_comparison_min);
            prop_assert!(c.second_face_share <= policy.second_face_share_max);
            prop_assert!(matches!(seen.end, CaptureEnd::Complete | CaptureEnd::BudgetSpent));
            prop_assert!(seen.usable_frames >= policy.usable_frames_min);
        }
    }

    #[test]
    fn a_flagged_call_says_why_and_each_reason_once(e in evidence()) {
        if let Verdict::Flagged { reasons } = decide(&e, &policy()).verdict {
            let once: HashSet<Reason> = reasons.iter().copied().collect();
            prop_assert!(!reasons.is_empty() && once.len() == reasons.len());
            prop_assert!(e.standing.iter().all(|r| once.contains(r)));
        }
    }

    #[test]
    fn nothing_standing_against_a_person_ever_helps(e in evidence(), reason in prop::sample::select(vec![
        Reason::DeathSignal, Reason::InjectedStream, Reason::RandomSample, Reason::Distress,
    ])) {
        let mut more = e;
        more.standing.push(reason);
        prop_assert!(decide(&more, &policy()).verdict != Verdict::Confirmed);
    }

    #[test]
    fn an_attack_never_makes_a_verdict_better(e in evidence()) {
        let before = decide(&e, &policy()).verdict;
        for change in [
            (|e: &mut Evidence| e.liveness.continuity.frozen_ms = 9000) as fn(&mut Evidence),
            |e| e.liveness.light = LightOutcome::Mismatch(measure()),
            |e| e.liveness.light = LightOutcome::Late(measure()),
            |e| e.liveness.turn = TurnOutcome::TooSoon,
            |e| e.liveness.bona_fide = vec![BonaFideScore(0.01); 12],
        ] {
            let mut worse = e.clone();
            change(&mut worse);
            let after = decide(&worse, &policy()).verdict;
            prop_assert!(after != Verdict::Confirmed);
            if let Verdict::Flagged { reasons } = &before {
                let attacked = reasons.iter().any(|r| r.group() == ReasonGroup::Attack);
                let flagged = matches!(after, Verdict::Flagged { .. });
                prop_assert!(!attacked || flagged);
            }
        }
    }

    #[test]
    fn a_better_comparison_never_makes_a_verdict_worse(e in evidence(), a in -1.0_f32..1.0, b in -1.0_f32..1.0) {
        let at = |cosine: f32| {
            let mut e = e.clone();
            e.liveness.probes.iter_mut().for_each(|p| p.embedding = embedding(cosine));
            rank(&decide(&e, &policy()).verdict)
        };
        prop_assert!(at(a.max(b)) >= at(a.min(b)));
    }

    #[test]
    fn without_attack_nets_nothing_is_confirmed(e in evidence()) {
        let mut e = e;
        if let Some(pack) = &mut e.pack {
            pack.has_pad = false;
        }
        prop_assert!(decide(&e, &policy()).verdict != Verdict::Confirmed);
    }

    #[test]
    fn the_network_is_never_held_against_a_person(e in evidence()) {
        let mut e = e;
        e.liveness.end = CaptureEnd::LineLost;
        e.attempt = 1;
        let verdict = decide(&e, &policy()).verdict;
        if let Verdict::Flagged { reasons } = verdict {
            let because = [ReasonGroup::Attack, ReasonGroup::People, ReasonGroup::Ours, ReasonGroup::Choice];
            let seen = reasons.iter().any(|r| because.contains(&r.group()));
            prop_assert!(seen || reasons.contains(&Reason::ReferenceMissing), "{:?}", reasons);
        }
    }
}

#[test]
fn an_honest_call_in_a_room_is_confirmed_and_in_daylight_after_a_turn() {
    let mut chance = Chance::new(3);
    let mut scene = Scene::ordinary(&mut chance);
    scene.share = 0.06;
    let mut confirmed = |scene: &Scene| {
        let done = call(scene, chance.seed(), &mut chance);
        let own = Embedding::mean(done.evidence.probes.iter().map(|p| &p.embedding)).unwrap();
        let evidence = Evidence {
            references: vec![reference(own)],
            liveness: done.evidence,
            ..good::evidence()
        };
        decide(&evidence, &policy()).verdict
    };
    assert_eq!(confirmed(&scene), Verdict::Confirmed);
    scene.answer = Answer::Nothing;
    let inconclusive = Verdict::Flagged { reasons: vec![Reason::LivenessInconclusive] };
    assert_eq!(confirmed(&scene), inconclusive);
    scene.turns = Some(1.0);
    assert_eq!(confirmed(&scene), Verdict::Confirmed);
}
