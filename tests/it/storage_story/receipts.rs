//! Receipts and helpers, as they stand in the records.

use super::{calls::code, stage::Stage};
use jianmian::{
    domain::{helper::Helper, verdict::Verdict},
    ledger::{Certificate, signing_key},
    service::{
        CONSENT_VERSION,
        views::{CertificateStanding, ConsentForm},
    },
    vault::Vault,
};

pub async fn a_receipt_holds_until_its_day_and_only_when_it_is_recorded(stage: &Stage) {
    let guest = stage.guest().await;
    let none = stage.service.certificate(&guest.token).await.unwrap_err();
    assert_eq!(code(&none), "not_confirmed");
    stage.called(&guest.token, Verdict::Confirmed).await;
    let (text, says) = stage.service.certificate(&guest.token).await.unwrap();
    let checked = stage.service.check_certificate(&text).await.unwrap();
    assert_eq!(checked.standing, CertificateStanding::Holds);
    assert_eq!(checked.certificate.as_ref(), Some(&says));
    let (again, _) = stage.service.certificate(&guest.token).await.unwrap();
    assert_eq!(text, again);

    // Signed with the county's own key, but recorded nowhere: e.g. after an old copy of the database was put back.
    let settings = &stage.settings;
    let vault = Vault::open(&settings.in_data_dir(&settings.vault.key_file)).unwrap();
    let other_day = Certificate {
        issuer: "county".into(),
        receipt_number: says.receipt_number.clone(),
        addressee: says.addressee.clone(),
        confirmed_on: says.confirmed_on,
        due_on: says.due_on.succ_opt().unwrap(),
    };
    let stray = other_day.sign(&signing_key(&vault.receipt_secret())).unwrap();
    let checked = stage.service.check_certificate(&stray).await.unwrap();
    assert_eq!(checked.standing, CertificateStanding::Unknown);

    stage.pass(400 * 24 * 3600);
    let checked = stage.service.check_certificate(&text).await.unwrap();
    assert_eq!(checked.standing, CertificateStanding::Ended);
    assert_eq!(checked.certificate, Some(says), "it still says what it said");
}

pub async fn a_helper_says_who_and_that_the_person_agrees(stage: &Stage) {
    let guest = stage.guest().await;
    let form = |helper, own_consent| ConsentForm {
        consent_version: CONSENT_VERSION.into(),
        language: "zh".into(),
        assisted: true,
        helper,
        own_consent,
        keep_picture: false,
    };
    for (helper, own_consent, expected) in [
        (None, Some(true), "helper_missing"),
        (Some(Helper::Neighbour), None, "own_consent_missing"),
        (Some(Helper::Neighbour), Some(false), "own_consent_missing"),
    ] {
        let refused = stage.service.consent(&guest.token, form(helper, own_consent)).await;
        assert_eq!(code(&refused.unwrap_err()), expected);
    }
    let given = form(Some(Helper::StationClerk), Some(true));
    stage.service.consent(&guest.token, given).await.unwrap();
    let link = stage.service.link_view(&guest.token).await.unwrap();
    assert!(link.consented && link.assisted);
    let (_, brief) = stage.call(&guest.token).await;
    assert_eq!((brief.assisted, brief.helper), (true, Some(Helper::StationClerk)));

    // Alone again: what was said about a helper does not stay.
    let alone = ConsentForm { assisted: false, ..form(Some(Helper::Family), Some(false)) };
    stage.service.consent(&guest.token, alone).await.unwrap();
    let (_, brief) = stage.call(&guest.token).await;
    assert_eq!((brief.assisted, brief.helper), (false, None));
}
