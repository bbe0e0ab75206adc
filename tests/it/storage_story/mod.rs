//! The storage story: everything the records must keep, told once and run on SQLite always and on a private PostgreSQL where
//! Debian's binaries are there.
//!
//! The boundary to the analysis is played by [`stage::Painted`]: it "sees" a face in the colour of a picture. Nothing here
//! tests models.

mod appointments;
mod authenticator;
mod bureau;
mod calls;
mod channels;
mod console;
pub mod continuation;
mod county;
mod county_random;
mod desk;
mod full_disk;
mod history;
mod live;
mod notices;
mod on_site;
pub mod postgres;
mod queue;
mod receipts;
mod renewal;
mod roster;
mod sealing;
mod signing_in;
pub mod stage;

use postgres::Server;
use stage::Stage;

async fn channels_story(place: &dyn stage::Place) {
    appointments::a_place_is_taken_once(&Stage::set(place).await).await;
    appointments::a_person_has_one(&Stage::set(place).await).await;
    appointments::hours_are_data(&Stage::set(place).await).await;
    appointments::a_reminder_goes_out_a_day_before(&Stage::set(place).await).await;
    channels::a_form_is_keyed_by_two(&Stage::set(place).await).await;
    on_site::a_desk_confirms_no_paper_and_no_visit(&Stage::set(place).await).await;
    channels::a_visit_is_checked_by_a_second_person(&Stage::set(place).await).await;
    channels::nothing_of_the_former_person_stays(&Stage::set(place).await).await;
    channels::the_register_leads_to_visits(&Stage::set(place).await).await;
    channels::evidence_is_matched_and_explained(&Stage::set(place).await).await;
    history::history_begins_the_account(&Stage::set(place).await).await;
    history::a_file_of_history_is_taken_whole(&Stage::set(place).await).await;
    history::history_lifts_a_stop_that_it_shows_wrong(&Stage::set(place).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn channels_on_sqlite() {
    Box::pin(channels_story(&stage::Files)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn channels_on_postgres() {
    let Some(server) = Server::start() else {
        println!("SKIPPED storage_story::channels_on_postgres: needs Debian's postgresql binaries");
        return;
    };
    Box::pin(channels_story(&server)).await;
    server.same_tables_as_sqlite().await;
}

async fn bureau_story(place: &dyn stage::Place) {
    bureau::figures_agree_with_their_lists(&Stage::set(place).await).await;
    bureau::a_person_is_found_and_explained(&Stage::set(place).await).await;
    bureau::batches_are_tried_taken_and_cut_off(&Stage::set(place).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bureau_on_sqlite() {
    Box::pin(bureau_story(&stage::Files)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bureau_on_postgres() {
    let Some(server) = Server::start() else {
        println!("SKIPPED storage_story::bureau_on_postgres: needs Debian's postgresql binaries");
        return;
    };
    Box::pin(bureau_story(&server)).await;
    server.same_tables_as_sqlite().await;
}

async fn live_story(place: &dyn stage::Place) {
    live::seen_and_confirmed_once(&Stage::set(place).await).await;
    live::who_waits_is_taken_by_one(&Stage::set(place).await).await;
    live::a_grave_case_needs_a_second_officer_all_the_same(&Stage::set(place).await).await;
    live::a_link_is_sent_and_a_crash_leaves_nothing(&Stage::set(place).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn live_calls_on_sqlite() {
    Box::pin(live_story(&stage::Files)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn live_calls_on_postgres() {
    let Some(server) = Server::start() else {
        println!(
            "SKIPPED storage_story::live_calls_on_postgres: needs Debian's postgresql binaries"
        );
        return;
    };
    Box::pin(live_story(&server)).await;
    server.same_tables_as_sqlite().await;
}

async fn story(place: &dyn stage::Place) {
    calls::confirmed_once_however_often_concluded(&Stage::set(place).await).await;
    calls::flagged_goes_to_an_officer(&Stage::set(place).await).await;
    calls::attempts_are_limited_and_faults_of_ours_do_not_count(&Stage::set(place).await).await;
    calls::one_link_holds_one_call(&Stage::set(place).await).await;
    calls::a_crash_leaves_nothing_behind(&Stage::set(place).await).await;
    calls::a_lost_database_is_told_and_nothing_is_half_done(Stage::set(place).await).await;
    calls::references_follow_the_models(&Stage::set(place).await).await;
    calls::links_that_lead_nowhere(&Stage::set(place).await).await;
    console::four_eyes(&Stage::set(place).await).await;
    console::of_two_officers_one_decides(&Stage::set(place).await).await;
    console::asked_again_with_a_new_link(&Stage::set(place).await).await;
    console::faces_are_looked_at_for_their_case_only(&Stage::set(place).await).await;
    console::a_sample_does_not_touch_the_confirmation(&Stage::sampling(place).await).await;
    console::other_ways_and_photographs(&Stage::set(place).await).await;
    receipts::a_receipt_holds_until_its_day_and_only_when_it_is_recorded(&Stage::set(place).await)
        .await;
    receipts::a_helper_says_who_and_that_the_person_agrees(&Stage::set(place).await).await;
    renewal::references_are_renewed_by_two_officers_and_never_by_the_machine(
        &Stage::set(place).await,
    )
    .await;
    county::a_stop_needs_everything(&Stage::set(place).await).await;
    county::a_late_acknowledgement_harms_nobody(&Stage::set(place).await).await;
    county::a_signal_of_death_stops_nothing(&Stage::set(place).await).await;
    county::schemes_change_by_two_people_and_never_the_past(&Stage::set(place).await).await;
    county::outages_extend_and_survive_a_kill(&Stage::set(place).await).await;
    county::working_days_follow_the_calendar_and_the_clock_stands(&Stage::set(place).await).await;
    county_random::no_sequence_suspends_without_two_people(&Stage::set(place).await).await;
    signing_in::sessions_end_and_guessing_is_slowed(&Stage::set(place).await).await;
    signing_in::guessing_locks_nobody_out(&Stage::set(place).await).await;
    signing_in::a_password_and_a_code(&Stage::set(place).await).await;
    signing_in::a_passkey(&Stage::set(place).await).await;
    signing_in::sessions_and_roles(&Stage::set(place).await).await;
    queue::the_next_case_is_the_most_urgent(&Stage::set(place).await).await;
    queue::claims_hold_five_minutes_and_go_back(&Stage::set(place).await).await;
    queue::put_off_handed_over_escalated(&Stage::set(place).await).await;
    queue::refusals_and_overrides_take_two(&Stage::set(place).await).await;
    queue::a_move_inside_the_house_is_taken_back(&Stage::set(place).await).await;
    queue::a_sample_is_not_undone_by_one(&Stage::sampling(place).await).await;
    queue::many_officers_at_once(&Stage::set(place).await).await;
    roster::all_rows_or_none(&Stage::set(place).await).await;
    roster::a_second_file_updates(&Stage::set(place).await).await;
    roster::numbers_that_a_person_must_look_at(&Stage::set(place).await).await;
    roster::photographs_in_bulk(&Stage::set(place).await).await;
    roster::demonstration_people_belong_to_nobody(&Stage::set(place).await).await;
    notices::told_once_by_changing_channels(&Stage::set(place).await).await;
    notices::who_is_done_is_not_reminded(&Stage::set(place).await).await;
    notices::two_runs_print_each_letter_once(&Stage::set(place).await).await;
    continuation::files_reconcile_with_the_ledger(&Stage::set(place).await).await;
    continuation::a_stop_and_its_resumption(&Stage::set(place).await).await;
    sealing::nothing_biometric_and_no_secret_in_the_clear(&Stage::set(place).await, place).await;
    sealing::key_and_policy_must_belong_to_the_database(Stage::set(place).await).await;
}

async fn desk_story(place: &dyn stage::Place) {
    desk::every_pass_is_drawn_for(&Stage::sampling(place).await).await;
    desk::policy_changes_take_two_and_begin_later(&Stage::set(place).await).await;
    desk::a_check_looks_like_a_case_and_touches_nobody(&Stage::set(place).await).await;
    desk::figures_hide_the_few(&Stage::set(place).await).await;
    desk::the_audit_is_read_sealed_and_checked(&Stage::set(place).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn desk_on_sqlite() {
    Box::pin(desk_story(&stage::Files)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn desk_on_postgres() {
    let Some(server) = Server::start() else {
        println!("SKIPPED storage_story::desk_on_postgres: needs Debian's postgresql binaries");
        return;
    };
    Box::pin(desk_story(&server)).await;
    server.same_tables_as_sqlite().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_sqlite() {
    Box::pin(story(&stage::Files)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_a_full_disk() {
    full_disk::costs_nobody_a_call().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_postgres() {
    let Some(server) = Server::start() else {
        println!("SKIPPED storage_story::on_postgres: needs Debian's postgresql binaries");
        return;
    };
    Box::pin(story(&server)).await;
    server.same_tables_as_sqlite().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "a benchmark: tests/bench/queue.sh"]
async fn queue_of_5000_cases_on_postgres() {
    let server = Server::start_durable().expect("needs Debian's postgresql binaries");
    queue::benchmark(&Stage::set(&server).await).await;
}
