//! Pictures as planes of `f32`, and nets that eat them.

use super::{
    error::AnalysisError,
    graph,
    manifest::{Kind, Model},
};
use ort::{
    environment::Environment,
    logging::LogLevel,
    session::{
        NoSelectedOutputs, RunOptions, Session, SessionOutputs, builder::GraphOptimizationLevel,
    },
    value::TensorRef,
};

/// Mean and deviation of red, green and blue on ImageNet, by which MobileFaceNet's training pictures were normalised.
const IMAGENET: [(f32, f32); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

/// Order of the colour planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// Three planes of 0 to 255, ready to be the input of a net. Kept between frames, so that nothing is allocated.
#[derive(Debug)]
pub(super) struct Planar {
    pub width: usize,
    pub height: usize,
    pub order: Order,
    pub data: Vec<f32>,
}

impl Planar {
    pub fn new(width: usize, height: usize, order: Order) -> Self {
        Self { width, height, order, data: vec![0.0; width * height * 3] }
    }

    /// Gives it another size; the content is then black.
    pub fn reshape(&mut self, width: usize, height: usize) {
        if (self.width, self.height) != (width, height) {
            (self.width, self.height) = (width, height);
            self.data.clear();
            self.data.resize(width * height * 3, 0.0);
        }
    }

    /// The red, green and blue planes.
    pub fn rgb(&self) -> [&[f32]; 3] {
        let n = self.width * self.height;
        let (a, rest) = self.data.split_at(n);
        let (b, c) = rest.split_at(n);
        match self.order {
            Order::Rgb => [a, b, c],
            Order::Bgr => [c, b, a],
        }
    }

    /// The red, green and blue planes, to be written.
    pub fn rgb_mut(&mut self) -> [&mut [f32]; 3] {
        let n = self.width * self.height;
        let (a, rest) = self.data.split_at_mut(n);
        let (b, c) = rest.split_at_mut(n);
        match self.order {
            Order::Rgb => [a, b, c],
            Order::Bgr => [c, b, a],
        }
    }

    /// From 0..255 to what the net was trained on; most of these nets normalise inside.
    pub fn normalise(&mut self, kind: Kind) {
        match kind {
            Kind::Mobilefacenet => {
                for (plane, (mean, deviation)) in self.rgb_mut().into_iter().zip(IMAGENET) {
                    let (scale, shift) = (1.0 / (255.0 * deviation), mean / deviation);
                    for v in plane {
                        *v = *v * scale - shift;
                    }
                }
            }
            Kind::FaceMesh => {
                for v in &mut self.data {
                    *v /= 255.0;
                }
            }
            _ => {}
        }
    }

    /// Shape as the input of a net.
    pub fn shape(&self) -> [usize; 4] {
        [1, 3, self.height, self.width]
    }
}

impl Kind {
    /// Order of the planes that the net was trained with.
    pub(super) fn order(self) -> Order {
        match self {
            Self::Yunet | Self::Minifasnet { .. } | Self::Retail0095 => Order::Bgr,
            _ => Order::Rgb,
        }
    }
}

/// One loaded net on one thread.
#[derive(Debug)]
pub(super) struct Net {
    session: Session,
    file: String,
}

/// Lets another thread stop a run.
pub(super) type Run = RunOptions<NoSelectedOutputs>;

impl Net {
    /// Loads a model whose hash has been checked.
    pub fn load(
        environment: &Environment,
        model: &Model,
        bytes: &[u8],
    ) -> Result<Self, AnalysisError> {
        let fault = |message: String| AnalysisError::Model { file: model.file.clone(), message };
        let lighter = graph::lighten(bytes);
        let session = Session::builder(environment)
            .and_then(|b| Ok(b.with_intra_threads(1)?))
            .and_then(|b| Ok(b.with_inter_threads(1)?))
            .and_then(|b| Ok(b.with_log_level(LogLevel::Error)?))
            .and_then(|b| Ok(b.with_optimization_level(GraphOptimizationLevel::All)?))
            .and_then(|mut b| b.commit_from_memory(lighter.as_deref().unwrap_or(bytes)))
            .map_err(|e| fault(e.to_string()))?;
        let net = Self { session, file: model.file.clone() };
        if net.session.inputs().len() != 1 {
            return Err(fault(format!("has {} inputs instead of one", net.session.inputs().len())));
        }
        for golden in &model.golden {
            if !net.session.outputs().iter().any(|o| o.name() == golden.output) {
                return Err(fault(format!("has no output `{}`", golden.output)));
            }
        }
        Ok(net)
    }

    /// File name of the model.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Runs the net.
    pub fn run<'a>(
        &'a mut self,
        shape: [usize; 4],
        input: &[f32],
        run: &'a Run,
    ) -> Result<Outputs<'a>, AnalysisError> {
        let file = self.file.as_str();
        let fault = |source| AnalysisError::Run { file: file.to_owned(), source };
        let tensor = TensorRef::from_array_view((shape, input)).map_err(fault)?;
        let values = self.session.run_with_options(ort::inputs![tensor], run).map_err(fault)?;
        Ok(Outputs { values, file })
    }
}

/// What a net gave.
pub(super) struct Outputs<'a> {
    values: SessionOutputs<'a>,
    file: &'a str,
}

impl Outputs<'_> {
    /// The numbers of one output; all of them are finite.
    pub fn get(&self, output: &str) -> Result<&[f32], AnalysisError> {
        let missing = || AnalysisError::Model {
            file: self.file.to_owned(),
            message: format!("has no output `{output}`"),
        };
        let (_, numbers) = self
            .values
            .get(output)
            .ok_or_else(missing)?
            .try_extract_tensor::<f32>()
            .map_err(|source| AnalysisError::Run { file: self.file.to_owned(), source })?;
        if numbers.iter().all(|v| v.is_finite()) {
            Ok(numbers)
        } else {
            Err(AnalysisError::NotFinite { file: self.file.to_owned(), output: output.to_owned() })
        }
    }

    /// The numbers of one output, of which there must be `length`.
    pub fn exactly(&self, output: &str, length: usize) -> Result<&[f32], AnalysisError> {
        let numbers = self.get(output)?;
        if numbers.len() == length {
            return Ok(numbers);
        }
        Err(AnalysisError::Model {
            file: self.file.to_owned(),
            message: format!("output `{output}` has {} numbers instead of {length}", numbers.len()),
        })
    }
}
