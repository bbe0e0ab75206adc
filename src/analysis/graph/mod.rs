//! The same net, written so that ONNX Runtime is quick with it.
//!
//! In: a model file whose hash has been checked. Out: a file that computes the same numbers (to rounding; the self-test
//! runs on what comes out). Four things slow ONNX Runtime down on the small nets of phones by a factor of two to three:
//!
//! - `PRelu` is computed by a slow general routine and, because it has no blocked form, makes the tensor change its layout
//!   before and after. `PRelu(x) = x + (1 - slope) * Relu(-x)` needs only operations that have one, and ONNX Runtime makes two
//!   passes of it: a scale with `Relu`, and a scale that adds.
//! - `Pad` adds empty channels in the other layout, too; a convolution of one pixel adds them in the blocked one.
//! - Heads that read the same value, each with a few channels, fill a block each with next to nothing; together they fill one.
//! - Channels that are no multiple of 16 (pruned nets have 13, 26, 103 of them) keep a convolution out of the blocked form.
//!   Between two dense convolutions channels of zeros can be added that nobody sees.

mod heads;
mod model;
mod wire;

use heads::join_heads;
use model::{Model, Node, Weights, scale_channels};
use std::collections::HashMap;

/// Channels in a block of the widest vectors in use (16 `f32` in 512 bits); 8 divides it.
const BLOCK: usize = 16;

/// Rewrites a model. `None` when there is nothing to gain, or it is not understood and is to be used as it is.
pub(super) fn lighten(file: &[u8]) -> Option<Vec<u8>> {
    let mut model = Model::read(file)?;
    let joined = join_heads(&mut model);
    let padded = pad_by_convolution(&mut model);
    let widened = widen_channels(&mut model);
    let split = split_prelu(&mut model);
    (joined + padded + widened + split > 0).then(|| model.write())
}

/// Replaces a `Pad` that appends channels of zeros by a convolution that copies. Returns how many there were.
fn pad_by_convolution(model: &mut Model<'_>) -> usize {
    let found: Vec<(usize, usize, usize)> = model
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(i, node)| {
            let pads = model.integers.get(node.inputs.get(1)?)?;
            let [0, 0, 0, 0, 0, more, 0, 0] = pads[..] else { return None };
            let more = usize::try_from(more).ok().filter(|more| node.op == "Pad" && *more > 0)?;
            Some((i, channels_of(model, node.inputs.first()?)?, more))
        })
        .collect();
    for &(i, channels, more) in &found {
        let output = model.nodes[i].outputs[0].clone();
        let name = format!("{output}/copy");
        let mut copy = Weights {
            dims: vec![channels + more, channels, 1, 1],
            values: vec![0.0; (channels + more) * channels],
        };
        for c in 0..channels {
            copy.values[c * channels + c] = 1.0;
        }
        let input = model.nodes[i].inputs[0].clone();
        model.nodes[i] = scale_channels(&input, &name, 1, &output);
        model.weights.insert(name, copy);
    }
    found.len()
}

/// Channels of a value, as the nearest weights before it tell.
fn channels_of(model: &Model<'_>, value: &str) -> Option<usize> {
    let mut value = value;
    for _ in 0..8 {
        let node = model.nodes.iter().find(|n| n.outputs.first().is_some_and(|o| o == value))?;
        match node.op.as_str() {
            "Conv" => return dims(model, node, 1)?.first().copied(),
            "PRelu" => return slopes(dims(model, node, 1)?).filter(|c| *c > 1),
            "MaxPool" | "Relu" => value = node.inputs.first()?,
            _ => return None,
        }
    }
    None
}

/// Pads channels between dense convolutions to whole blocks. Returns how many places were padded.
fn widen_channels(model: &mut Model<'_>) -> usize {
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, node) in model.nodes.iter().enumerate() {
        for input in &node.inputs {
            readers.entry(input).or_default().push(i);
        }
    }
    let chains: Vec<(usize, Vec<usize>)> =
        (0..model.nodes.len()).filter_map(|i| Some((i, chain(model, &readers, i)?))).collect();
    for (first, rest) in &chains {
        widen(model, *first, rest);
    }
    chains.len()
}

/// The nodes from a dense convolution with an odd number of channels to the next dense one, if nothing in between looks
/// at the channels in any other way than each for itself.
fn chain(
    model: &Model<'_>,
    readers: &HashMap<&str, Vec<usize>>,
    first: usize,
) -> Option<Vec<usize>> {
    let node = &model.nodes[first];
    let channels = *dims(model, node, 1)?.first()?;
    if node.op != "Conv" || node.group != 1 || channels == 1 || channels % BLOCK == 0 {
        return None;
    }
    let mut found = Vec::new();
    let mut value = node.outputs.first()?;
    loop {
        let [next] = readers.get(value.as_str())?.as_slice() else { return None };
        let node = &model.nodes[*next];
        if model.outputs.contains(value) || node.inputs.first() != Some(value) {
            return None;
        }
        let dims = dims(model, node, 1)?;
        let only_here = |input: &String| readers.get(input.as_str()).is_some_and(|r| r.len() == 1);
        if !node.inputs[1..].iter().all(|i| only_here(i) && model.weights.contains_key(i)) {
            return None;
        }
        found.push(*next);
        match node.op.as_str() {
            "PRelu" if slopes(dims)? == channels => {}
            "Conv" if node.group == channels && dims[..2] == [channels, 1] => {}
            "Conv" if node.group == 1 && dims.get(1) == Some(&channels) => return Some(found),
            _ => return None,
        }
        value = node.outputs.first()?;
    }
}

/// Shape of the constant that is a node's input number `index`.
fn dims<'m>(model: &'m Model<'_>, node: &Node<'_>, index: usize) -> Option<&'m [usize]> {
    Some(&model.weights.get(node.inputs.get(index)?)?.dims)
}

/// Number of slopes of a `PRelu` over channels of a picture: `[C, 1, 1]`, perhaps with a leading 1.
fn slopes(dims: &[usize]) -> Option<usize> {
    match dims {
        [c, 1, 1] | [1, c, 1, 1] => Some(*c),
        _ => None,
    }
}

fn widen(model: &mut Model<'_>, first: usize, rest: &[usize]) {
    let mut more = 0;
    for (place, &i) in std::iter::once(&first).chain(rest).enumerate() {
        let node = &mut model.nodes[i];
        let last = place == rest.len();
        for (n, input) in node.inputs.iter().enumerate().skip(1) {
            let Some(weights) = model.weights.get_mut(input) else { continue };
            if place == 0 && n == 1 {
                more = weights.dims[0].next_multiple_of(BLOCK) - weights.dims[0];
            }
            // the last one reads the channels, those before it have one row each
            let axis = match (last, n) {
                (true, 1) => 1,
                (true, _) => continue, // its bias belongs to what it makes
                (false, _) => weights.dims.iter().position(|d| *d != 1).unwrap_or(0),
            };
            weights.widen(axis, more);
        }
        if node.group > 1 {
            node.group += more;
        }
    }
}

/// Replaces `PRelu` over channels. Returns how many there were.
fn split_prelu(model: &mut Model<'_>) -> usize {
    let mut count = 0;
    let mut nodes = Vec::with_capacity(model.nodes.len() * 2);
    for node in std::mem::take(&mut model.nodes) {
        let slope = node.inputs.get(1).and_then(|name| model.weights.get(name));
        let (true, Some(slope)) = (node.op == "PRelu", slope) else {
            nodes.push(node);
            continue;
        };
        let Some(channels) = slopes(&slope.dims).filter(|c| *c > 1) else {
            nodes.push(node);
            continue;
        };
        let dims = vec![channels, 1, 1, 1];
        let rest =
            Weights { dims: dims.clone(), values: slope.values.iter().map(|v| 1.0 - v).collect() };
        let minus = Weights { dims, values: vec![-1.0; channels] };
        let (input, output) = (node.inputs[0].as_str(), node.outputs[0].as_str());
        let name = |part: &str| format!("{output}/{part}");
        let (turned, below, lifted) = (name("turned"), name("below"), name("lifted"));
        let (minus_name, rest_name) = (name("minus"), name("rest"));
        nodes.push(scale_channels(input, &minus_name, channels, &turned));
        nodes.push(Node::plain("Relu", &[&turned], &below));
        nodes.push(scale_channels(&below, &rest_name, channels, &lifted));
        nodes.push(Node::plain("Add", &[&lifted, input], output));
        model.weights.insert(minus_name, minus);
        model.weights.insert(rest_name, rest);
        count += 1;
    }
    model.nodes = nodes;
    count
}

#[cfg(test)]
mod tests;
