//! An appointment as a calendar file (iCalendar, RFC 5545). Times are in UTC, so that no calendar can misread them; the texts come from outside.

use super::appointment::{Appointment, AppointmentState};
use chrono::{DateTime, Utc};

/// Longest line in octets, without its end (RFC 5545, 3.1).
const LINE_OCTETS: usize = 75;

/// The calendar file of an appointment. `host` makes the id worldwide unique; nothing in it names the person.
pub fn calendar_file(
    of: &Appointment,
    host: &str,
    (summary, description, place): (&str, &str, &str),
    made_at: DateTime<Utc>,
) -> String {
    let stamp = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let cancelled = of.state == AppointmentState::Cancelled;
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".into(),
        "PRODID:-//Jianmian//Appointments//EN".into(),
        format!("METHOD:{}", if cancelled { "CANCEL" } else { "PUBLISH" }),
        "BEGIN:VEVENT".into(),
        format!("UID:{}@{}", of.id, escaped(host)),
        format!("SEQUENCE:{}", of.version - 1),
        format!("DTSTAMP:{}", stamp(made_at)),
        format!("DTSTART:{}", stamp(of.starts_at)),
        format!("DTEND:{}", stamp(of.ends_at)),
        format!("STATUS:{}", if cancelled { "CANCELLED" } else { "CONFIRMED" }),
        format!("SUMMARY:{}", escaped(summary)),
        format!("DESCRIPTION:{}", escaped(description)),
        format!("LOCATION:{}", escaped(place)),
        "BEGIN:VALARM".into(),
        "ACTION:DISPLAY".into(),
        "TRIGGER:-PT2H".into(),
        format!("DESCRIPTION:{}", escaped(summary)),
        "END:VALARM".into(),
        "END:VEVENT".into(),
        "END:VCALENDAR".into(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// Text as a value (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A content line in pieces of at most [`LINE_OCTETS`], never inside a character.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > LINE_OCTETS {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(c);
        octets += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        appointment::AppointmentWay,
        ids::{AppointmentId, BeneficiaryId},
    };

    fn appointment() -> Appointment {
        let starts_at: DateTime<Utc> = "2026-11-26T01:00:00Z".parse().unwrap();
        Appointment {
            id: AppointmentId::new(),
            beneficiary_id: BeneficiaryId::new(),
            link_id: None,
            case_id: None,
            way: AppointmentWay::Call,
            starts_at,
            ends_at: starts_at + chrono::TimeDelta::minutes(30),
            seat: 1,
            state: AppointmentState::Booked,
            booked_at: starts_at,
            booked_by: None,
            version: 1,
        }
    }

    #[test]
    fn texts_cannot_break_out_of_their_line() {
        let of = appointment();
        let hostile = "a;b,c\\d\nEND:VEVENT\r\nX:1";
        let file = calendar_file(&of, "county.example", (hostile, "说明", "地点"), of.booked_at);
        assert!(file.contains("SUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT\\nX:1\r\n"), "{file}");
        assert_eq!(file.matches("\r\nEND:VEVENT\r\n").count(), 1);
        assert!(file.contains("DTSTART:20261126T010000Z\r\nDTEND:20261126T013000Z\r\n"), "{file}");
        assert!(file.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
        assert!(file.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn long_lines_are_folded_between_characters_and_unfold_to_the_same() {
        let of = appointment();
        let long = "养老金领取资格认证预约，工作人员会打电话给您。".repeat(9);
        let file = calendar_file(&of, "county.example", (&long, "x", "y"), of.booked_at);
        assert!(file.split("\r\n").all(|line| line.len() <= LINE_OCTETS), "{file}");
        assert!(file.replace("\r\n ", "").contains(&format!("SUMMARY:{long}\r\n")));
    }

    #[test]
    fn what_was_given_back_is_told_as_cancelled_under_the_same_id() {
        let mut of = appointment();
        let before = calendar_file(&of, "h", ("a", "b", "c"), of.booked_at);
        (of.state, of.version) = (AppointmentState::Cancelled, 2);
        let after = calendar_file(&of, "h", ("a", "b", "c"), of.booked_at);
        assert!(after.contains("METHOD:CANCEL") && after.contains("STATUS:CANCELLED"));
        assert!(before.contains("SEQUENCE:0") && after.contains("SEQUENCE:1"));
        assert!(after.contains(&format!("UID:{}@h", of.id)) && before.contains(&of.id.to_string()));
    }
}
