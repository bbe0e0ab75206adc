//! What can go wrong between a frame and its findings.

use std::path::PathBuf;

/// Why there are no findings.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// `models.pack = "none"`.
    #[error("analysis is switched off by the setting models.pack = \"none\"")]
    SwitchedOff,
    /// The manifest cannot be read, or says something impossible.
    #[error("model manifest {path}: {message}")]
    Manifest {
        /// Which file.
        path: PathBuf,
        /// What and where.
        message: String,
    },
    /// No pack can be used.
    #[error("no model pack can be used (asked for `{wanted}`; looked in {}): {}", folders(.searched), .faults.join("; "))]
    NoPack {
        /// The setting.
        wanted: String,
        /// Folders that were searched.
        searched: Vec<PathBuf>,
        /// One sentence a pack: what is missing or refused.
        faults: Vec<String>,
    },
    /// ONNX Runtime cannot be loaded.
    #[error("ONNX Runtime cannot be loaded ({message}); looked for {}", folders(.looked_for))]
    Runtime {
        /// The last fault.
        message: String,
        /// Files that were tried, in order.
        looked_for: Vec<PathBuf>,
    },
    /// A model file cannot be used: wrong hash, not a model, other tensors, failed self-test.
    #[error("model {file}: {message}")]
    Model {
        /// File name.
        file: String,
        /// Why.
        message: String,
    },
    /// A net failed on a frame.
    #[error("model {file} failed on a frame")]
    Run {
        /// File name.
        file: String,
        /// Why.
        #[source]
        source: ort::Error,
    },
    /// A net gave a number that is none.
    #[error("model {file} gave a number that is not finite in `{output}`")]
    NotFinite {
        /// File name.
        file: String,
        /// Which output.
        output: String,
    },
    /// All threads are busy and the queue is full: send a newer frame later.
    #[error("analysis is busy")]
    Busy,
    /// A run took too long and was stopped.
    #[error("analysis did not answer within {after_ms} ms and was stopped")]
    Stuck {
        /// How long was waited, ms.
        after_ms: u64,
    },
    /// The thread that worked on the frame broke off.
    #[error("analysis broke off on this frame")]
    BrokeOff,
}

fn folders(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "no place at all".to_owned();
    }
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}
