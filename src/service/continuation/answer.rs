//! What the paying side answers: accepted or rejected, row by row. Importing a file again, or the rest of it after a kill, changes
//! nothing that was recorded.

use crate::{
    domain::{
        audit::{Action, Actor},
        continuation::{Answer, RowPlace},
        name::from_name,
    },
    service::{Service, ServiceError, record::event, token::sha256_hex},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Largest file of answers, bytes.
pub const ANSWER_BYTES_MAX: usize = 32 << 20;
/// Answers in one transaction.
const ANSWERS_AT_ONCE: usize = 500;
/// Longest reason that is kept, characters.
const REASON_CHARS_MAX: usize = 200;

/// What is wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerFault {
    /// Line of a CSV, or place of an answer in JSON, from 1.
    pub line: usize,
    /// What.
    pub message: String,
}

impl std::fmt::Display for AnswerFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// What an import of answers did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnswerReport {
    /// Rows now accepted.
    pub accepted: u64,
    /// Rows now rejected.
    pub rejected: u64,
    /// Answers that were known already.
    pub known: u64,
    /// What could not be taken: rows that are in no file, answers against an earlier one, proposals that cannot be carried out.
    pub faults: Vec<AnswerFault>,
}

/// One answer of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    file_sequence: u64,
    row_number: u64,
    answer: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    answers: Vec<Given>,
}

impl Service {
    /// Takes a file of answers (CSV with `file_sequence,row_number,answer,reason`, or JSON `{"answers": [...]}`). An accepted stop,
    /// end or resumption is carried out in the records.
    ///
    /// # Errors
    /// `too_large`, `malformed` when the file as a whole cannot be read: then nothing is taken. When the database fails, what was taken
    /// until then stays taken.
    pub async fn import_answers(
        &self,
        file: &[u8],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<AnswerReport, ServiceError> {
        self.import_answers_by(Actor::Operator, file, progress).await
    }

    /// The same by whoever does it.
    ///
    /// # Errors
    /// As [`Service::import_answers`].
    pub async fn import_answers_by(
        &self,
        by: Actor,
        file: &[u8],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<AnswerReport, ServiceError> {
        let given = read(file)?;
        let mut report = AnswerReport::default();
        let all = given.len();
        for (nth, chunk) in given.chunks(ANSWERS_AT_ONCE).enumerate() {
            self.take_answers(chunk, &mut report).await?;
            progress((nth * ANSWERS_AT_ONCE + chunk.len()).min(all), all);
        }
        let mut tx = self.db.write().await?;
        let about = ("continuation_answers", sha256_hex(file));
        let detail = json!({
            "accepted": report.accepted,
            "rejected": report.rejected,
            "known": report.known,
            "faults": report.faults.len(),
        });
        tx.add_audit(&event(self.now(), by, Action::ContinuationAnswered, about, detail)).await?;
        tx.commit().await?;
        Ok(report)
    }

    async fn take_answers(
        &self,
        chunk: &[(usize, Given)],
        report: &mut AnswerReport,
    ) -> Result<(), ServiceError> {
        // Proposals first, each in its own transaction; they may be carried out twice without harm. Then the answers together: a kill
        // between the two leaves a proposal carried out and its row unanswered, and the next import completes it.
        let mut wanted = Vec::new();
        let mut tx = self.db.read().await?;
        for (line, given) in chunk {
            let place =
                RowPlace { file_sequence: given.file_sequence, row_number: given.row_number };
            let mut fault =
                |message: String| report.faults.push(AnswerFault { line: *line, message });
            let Some(answer) = from_name::<Answer>(given.answer.trim()) else {
                fault("answer: must be accepted or rejected".into());
                continue;
            };
            match tx.answered_row(place).await? {
                None => fault(format!("there is no row {place}")),
                Some(row) if row.answer == Some(answer) => report.known += 1,
                Some(row) if row.answer.is_some() => {
                    fault(format!(
                        "row {place} was answered otherwise before; the first answer stays"
                    ));
                }
                Some(row) => {
                    wanted.push((*line, place, answer, row.proposal_id, given.reason.as_str()));
                }
            }
        }
        drop(tx);
        let mut sure = Vec::new();
        for (line, place, answer, proposal, reason) in wanted {
            if let (Answer::Accepted, Some(proposal)) = (answer, proposal) {
                match self.acknowledge_proposal(proposal).await {
                    Ok(_) => {}
                    Err(ServiceError::Conflict { code, detail }) => {
                        let message =
                            format!("row {place} cannot be carried out ({code}): {detail}");
                        report.faults.push(AnswerFault { line, message });
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            sure.push((line, place, answer, reason));
        }
        let at = self.now();
        let mut tx = self.db.write().await?;
        for (line, place, answer, reason) in sure {
            let reason: String =
                reason.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect();
            if tx.answer_row(place, answer, &reason, at).await? {
                match answer {
                    Answer::Accepted => report.accepted += 1,
                    Answer::Rejected => report.rejected += 1,
                }
            } else if tx.answered_row(place).await?.and_then(|row| row.answer) == Some(answer) {
                report.known += 1; // twice in one file, or another import at the same time
            } else {
                let message =
                    format!("row {place} was answered otherwise before; the first answer stays");
                report.faults.push(AnswerFault { line, message });
            }
        }
        Ok(tx.commit().await?)
    }
}

/// Reads the answers of a file with their lines. The whole file, or nothing.
fn read(file: &[u8]) -> Result<Vec<(usize, Given)>, ServiceError> {
    if file.len() > ANSWER_BYTES_MAX {
        let detail = format!("the file has more than {} MiB", ANSWER_BYTES_MAX >> 20);
        return Err(ServiceError::unacceptable("too_large", detail));
    }
    let malformed = |detail: String| ServiceError::unacceptable("malformed", detail);
    let plain = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if plain.trim_ascii_start().starts_with(b"{") {
        let whole: Whole = serde_json::from_slice(plain).map_err(|e| malformed(e.to_string()))?;
        return Ok(whole.answers.into_iter().zip(1..).map(|(given, line)| (line, given)).collect());
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(plain);
    let mut given = Vec::new();
    for row in reader.deserialize::<Given>() {
        let row = row.map_err(|e| malformed(e.to_string()))?;
        given.push((given.len() + 2, row)); // the first line names the columns
    }
    if given.is_empty() {
        return Err(malformed("the file has no answers".into()));
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let csv = b"\xef\xbb\xbffile_sequence,row_number,answer,reason\r\n1,2,accepted,\r\n1,3,rejected,account closed\r\n";
        let json = br#" {"answers":[{"file_sequence":1,"row_number":2,"answer":"accepted"},
            {"file_sequence":1,"row_number":3,"answer":"rejected","reason":"account closed"}]}"#;
        for (file, first) in [(&csv[..], 2), (&json[..], 1)] {
            let given = read(file).unwrap();
            assert_eq!(given.len(), 2);
            assert_eq!(given[0].0, first);
            assert_eq!((given[1].1.row_number, given[1].1.reason.as_str()), (3, "account closed"));
        }
    }

    #[test]
    fn other_files_are_refused_as_a_whole() {
        let large = vec![b' '; ANSWER_BYTES_MAX + 1];
        let bads: [&[u8]; 6] = [
            b"",
            b"a,b\n1,2\n",
            b"{\"answers\":1}",
            b"file_sequence,row_number,answer,reason\n1,x,accepted,\n",
            b"\xff\xfe",
            &large,
        ];
        for bad in bads {
            assert!(matches!(read(bad), Err(ServiceError::Unacceptable { .. })));
        }
    }
}
