//! `jianmian evaluate verification`.

use super::{
    Bench, Places, all_pairs,
    journal::Journal,
    look::{Look, Looker},
    reasons,
    table::Table,
    words, work,
};
use crate::{
    config::Settings,
    domain::{finding::Want, score::QualityScore},
    evaluation::{
        Acquisition, Comparison, Frame, Rate, Scores, Times, VerificationReport, grouping_of,
        verification_page, verification_report,
    },
};
use anyhow::Context;
use std::{collections::HashMap, path::PathBuf};

/// Options of the evaluation of comparisons.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// List of pairs (CSV).
    #[arg(long, value_name = "FILE", required_unless_present = "images")]
    pairs: Option<PathBuf>,
    /// List of pictures (CSV): every one is compared with every other.
    #[arg(long, value_name = "FILE", conflicts_with = "pairs")]
    images: Option<PathBuf>,
    /// Who is on the pictures of --pairs (CSV with path and identity).
    #[arg(long, value_name = "FILE", conflicts_with = "images")]
    identities: Option<PathBuf>,
    /// Group columns; else those with few values.
    #[arg(long, value_name = "COLUMN,COLUMN", value_delimiter = ',')]
    group: Vec<String>,
    #[command(flatten)]
    places: Places,
}

/// Runs it.
pub(super) fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let root = options.places.root.as_deref();
    let list = match (&options.pairs, &options.images) {
        (Some(pairs), _) => Table::read(pairs, root)?,
        (None, Some(images)) => all_pairs::of(&Table::read(images, root)?)?,
        (None, None) => anyhow::bail!("give --pairs or --images"),
    };
    let (a, b) = (list.need(&["path_a"])?, list.need(&["path_b"])?);
    let same_column = list.need(&["same"])?;
    let same = list.truth(same_column)?;
    let groups = list.groups(&options.group, &[a, b, same_column])?;
    let people = People::of(&list, (a, b), options)?;

    let bench = Bench::open(&options.places, settings)?;
    let journal = Journal::open(&bench.out.join("journal.jsonl"), &bench.made_by("verification"))?;
    let (files, numbers) = distinct(&list, (a, b));
    let want = Want { pose: true, bona_fide: false, embedding_from: Some(QualityScore::new(0.0)) };
    let looker =
        Looker { engine: &bench.engine, journal: &journal, clock: bench.clock.clone(), want };
    let looks = work::over_all("pictures", &files, |file| looker.look(file))?;

    let compared: Vec<(Option<Comparison>, [String; 2])> = (0..list.rows.len())
        .map(|row| {
            let sides = [numbers[&list.rows[row][a]], numbers[&list.rows[row][b]]];
            compare(&looks, sides, same[row], people.of_row(row))
        })
        .collect();
    let report = report(&bench, &list, &looks, &compared, &people, &groups);
    let cells: Vec<Vec<String>> = compared.into_iter().map(|(_, cells)| cells.to_vec()).collect();
    list.write_with(&bench.out.join("scores.csv"), &["score", "status"], &cells)?;
    tell(&report);
    bench.write_report(&report, &verification_page(&report))
}

/// Distinct files in the order of the list, and the number of each path.
fn distinct(list: &Table, (a, b): (usize, usize)) -> (Vec<PathBuf>, HashMap<String, usize>) {
    let (mut files, mut numbers) = (Vec::new(), HashMap::new());
    for row in 0..list.rows.len() {
        for column in [a, b] {
            numbers.entry(list.rows[row][column].clone()).or_insert_with(|| {
                files.push(list.file(row, column));
                files.len() - 1
            });
        }
    }
    (files, numbers)
}

fn compare(
    looks: &[Look],
    [a, b]: [usize; 2],
    same: bool,
    people: Option<(u32, u32)>,
) -> (Option<Comparison>, [String; 2]) {
    let failed = |why: String| (None, [String::new(), format!("failure_to_acquire: {why}")]);
    match (looks[a].face(), looks[b].face()) {
        (Some(x), Some(y)) => match x.embedding.compare(&y.embedding) {
            Some(score) => {
                let comparison = Comparison { score: score.0, same, people };
                (Some(comparison), [score.0.to_string(), "ok".to_owned()])
            }
            None => failed("the embeddings cannot be compared".into()),
        },
        (None, _) => failed(format!("path_a: {}", looks[a].why().unwrap_or_default())),
        (_, None) => failed(format!("path_b: {}", looks[b].why().unwrap_or_default())),
    }
}

fn report(
    bench: &Bench,
    list: &Table,
    looks: &[Look],
    compared: &[(Option<Comparison>, [String; 2])],
    people: &People,
    groups: &[usize],
) -> VerificationReport {
    let comparisons: Vec<Comparison> = compared.iter().filter_map(|(c, _)| *c).collect();
    let failures = looks.iter().filter(|l| l.why().is_some()).count();
    let accept_from = bench.pack().accept_from.0;
    let frame = Frame {
        pack: bench.pack().name.clone(),
        embedder_sha256: bench.sha256_of("embedder"),
        accept_from,
        rows: list.rows.len(),
        people: people.count(),
        acquisition: Acquisition {
            failures: Rate::of(failures, looks.len()),
            reasons: reasons(looks.iter().filter_map(Look::why)),
        },
        times: Times::of(looks.iter().filter_map(|l| l.ms).collect()),
    };
    let mut report = verification_report(&comparisons, frame);
    // Groups are compared where there are errors to compare: at FMR 1:1,000, else 1:100, of all together.
    let scores = Scores::of(&comparisons);
    let common = [(1e-3, "FMR 1:1,000 of all together"), (1e-2, "FMR 1:100 of all together")]
        .iter()
        .find_map(|(fmr, name)| match scores.threshold_at(*fmr) {
            Some((threshold, true)) => Some((threshold, *name)),
            _ => None,
        })
        .unwrap_or((accept_from, "threshold in use"));
    for column in groups {
        let values: Vec<String> =
            (0..list.rows.len()).map(|row| list.group_value(row, *column)).collect();
        let rows = values.iter().map(String::as_str).zip(compared.iter().map(|(c, _)| *c));
        report.groups.push(grouping_of(&list.header[*column], rows, common));
    }
    report
}

fn tell(report: &VerificationReport) {
    println!(
        "{} pairs of the same person, {} of different people",
        report.genuine, report.impostor
    );
    println!("failure to acquire  {}", words(&report.acquisition.failures));
    for (reason, n) in &report.acquisition.reasons {
        println!("    {n} × {reason}");
    }
    for point in &report.points {
        let small = if point.sample_suffices { "" } else { "  SAMPLE TOO SMALL" };
        println!("{} (from {:.4}){small}", point.name, point.threshold);
        println!("    FMR   {}", words(&point.fmr));
        println!("    FNMR  {}", words(&point.fnmr));
    }
}

/// Who is on the pictures, by number, where the list says so.
struct People {
    rows: Vec<Option<(u32, u32)>>,
    known: usize,
}

impl People {
    fn of(list: &Table, (a, b): (usize, usize), options: &Options) -> anyhow::Result<Self> {
        let in_list =
            list.find(&["identity_a", "subject_a"]).zip(list.find(&["identity_b", "subject_b"]));
        let mut names: Vec<Option<[String; 2]>> = vec![None; list.rows.len()];
        if let Some(file) = &options.identities {
            let known = identities(file)?;
            for (name, row) in names.iter_mut().zip(&list.rows) {
                let both = known.get(&row[a]).zip(known.get(&row[b]));
                *name = both.map(|(x, y)| [x.clone(), y.clone()]);
            }
        } else if let Some((x, y)) = in_list {
            for (name, row) in names.iter_mut().zip(&list.rows) {
                *name = (!row[x].is_empty() && !row[y].is_empty())
                    .then(|| [row[x].clone(), row[y].clone()]);
            }
        }
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut number = |name: String| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(name).or_insert(next)
        };
        let rows =
            names.into_iter().map(|pair| pair.map(|[x, y]| (number(x), number(y)))).collect();
        Ok(Self { rows, known: numbers.len() })
    }

    fn of_row(&self, row: usize) -> Option<(u32, u32)> {
        self.rows[row]
    }

    fn count(&self) -> Option<usize> {
        (self.known > 0).then_some(self.known)
    }
}

fn identities(file: &std::path::Path) -> anyhow::Result<HashMap<String, String>> {
    let table = Table::read(file, None).context("--identities")?;
    let (path, identity) = (table.need(&["path"])?, table.need(&["identity", "subject"])?);
    let known = table.rows.into_iter().filter(|row| !row[identity].is_empty());
    Ok(known.map(|mut row| (row[path].clone(), std::mem::take(&mut row[identity]))).collect())
}
