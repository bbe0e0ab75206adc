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

mod model;
mod wire;

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

/// A convolution of one pixel, and the one that follows it and looks at each channel for itself.
struct Head {
    first: usize,
    second: usize,
    channels: usize,
}

/// Joins heads that read the same value; what they give is parted again. Returns how many places there were.
fn join_heads(model: &mut Model<'_>) -> usize {
    if !(2..13).contains(&model.operators) {
        return 0; // `Split` is written otherwise
    }
    let heads: Vec<Head> = (0..model.nodes.len()).filter_map(|i| head(model, i)).collect();
    let mut groups: Vec<Vec<Head>> = Vec::new();
    for head in heads {
        let alike = |other: &Head| {
            let (a, b) = (&model.nodes[head.first], &model.nodes[other.first]);
            let (c, d) = (&model.nodes[head.second], &model.nodes[other.second]);
            let kernels = |node: &Node<'_>| dims(model, node, 1).map(|dims| dims[1..].to_vec());
            a.inputs[0] == b.inputs[0] && a.does_as(b) && c.does_as(d) && kernels(c) == kernels(d)
        };
        match groups.iter_mut().find(|group| alike(&group[0])) {
            Some(group) => group.push(head),
            None => groups.push(vec![head]),
        }
    }
    let blocks = |channels: usize| channels.div_ceil(BLOCK);
    groups.retain(|group| {
        let apart: usize = group.iter().map(|head| blocks(head.channels)).sum();
        blocks(group.iter().map(|head| head.channels).sum()) < apart
    });
    let mut made: Vec<(usize, [Node<'_>; 3])> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for group in &groups {
        made.push((group[0].first, joined(model, group)));
        gone.extend(group.iter().flat_map(|head| [head.first, head.second]));
    }
    let mut nodes = Vec::with_capacity(model.nodes.len());
    for (i, node) in std::mem::take(&mut model.nodes).into_iter().enumerate() {
        if let Some(at) = made.iter().position(|(first, _)| *first == i) {
            nodes.extend(made.swap_remove(at).1);
        }
        if !gone.contains(&i) {
            nodes.push(node);
        }
    }
    model.nodes = nodes;
    groups.len()
}

/// The head that begins at a node, if one does: both convolutions with a bias, nobody else reads what is between them.
fn head(model: &Model<'_>, first: usize) -> Option<Head> {
    let node = &model.nodes[first];
    let value = node.outputs.first()?;
    let mut readers =
        model.nodes.iter().enumerate().filter(|(_, reader)| reader.inputs.contains(value));
    let ((second, next), None) = (readers.next()?, readers.next()) else { return None };
    let channels = *dims(model, node, 1)?.first()?;
    let dense = node.op == "Conv" && node.group == 1 && dims(model, node, 1)?[2..] == [1, 1];
    let each = next.op == "Conv"
        && next.inputs.first() == Some(value)
        && next.group == channels
        && dims(model, next, 1)?[..2] == [channels, 1];
    let biased = dims(model, node, 2)? == [channels] && dims(model, next, 2)? == [channels];
    let hidden = !model.outputs.contains(value);
    (dense && each && biased && hidden).then_some(Head { first, second, channels })
}

/// One head in place of several.
fn joined<'a>(model: &mut Model<'a>, group: &[Head]) -> [Node<'a>; 3] {
    let mut join = |place: &dyn Fn(&Head) -> usize, value: &str| {
        let mut node = model.nodes[place(&group[0])].clone();
        for n in [1, 2] {
            let parts: Vec<&Weights> = group
                .iter()
                .filter_map(|head| model.weights.get(&model.nodes[place(head)].inputs[n]))
                .collect();
            let mut all = parts[0].clone();
            parts[1..].iter().for_each(|part| all.append(part));
            node.inputs[n] = format!("{value}/{n}");
            model.weights.insert(node.inputs[n].clone(), all);
        }
        node.outputs = vec![value.to_owned()];
        node
    };
    let (first, second) = (&|head: &Head| head.first, &|head: &Head| head.second);
    let between = format!("{}/joined", model.nodes[group[0].first].outputs[0]);
    let whole = format!("{}/joined", model.nodes[group[0].second].outputs[0]);
    let (dense, mut each) = (join(first, &between), join(second, &whole));
    each.inputs[0] = between;
    each.group = group.iter().map(|head| head.channels).sum();
    let parts: Vec<(String, usize)> = group
        .iter()
        .map(|head| (model.nodes[head.second].outputs[0].clone(), head.channels))
        .collect();
    [dense, each, Node::split(&whole, &parts)]
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
mod tests {
    use super::*;

    #[test]
    fn what_is_no_model_is_left_alone() {
        assert_eq!(lighten(b""), None);
        assert_eq!(lighten(b"not a model at all, but some text"), None);
        let compact = concat!(env!("CARGO_MANIFEST_DIR"), "/models/compact/compact_embedder.onnx");
        assert_eq!(lighten(&std::fs::read(compact).unwrap()), None, "it has nothing to gain");
    }

    #[test]
    fn a_model_put_together_again_is_the_same_model() {
        let compact = concat!(env!("CARGO_MANIFEST_DIR"), "/models/compact/compact_detector.onnx");
        let file = std::fs::read(compact).unwrap();
        let model = Model::read(&file).unwrap();
        let again = model.write();
        let read = Model::read(&again).unwrap();
        assert_eq!(read.weights, model.weights);
        assert_eq!(read.outputs, model.outputs);
        assert_eq!(read.nodes.len(), model.nodes.len());
        for (a, b) in read.nodes.iter().zip(&model.nodes) {
            assert_eq!(
                (&a.op, &a.inputs, &a.outputs, a.group),
                (&b.op, &b.inputs, &b.outputs, b.group)
            );
        }
    }

    /// A net on pictures of one pixel: 3 channels, 13, 13 each for itself, 2; every step but the last with slopes.
    fn small_net() -> Vec<u8> {
        let dense = |i: &str, w: &str, o: &str| Node::plain("Conv", &[i, w], o);
        let nodes = [
            dense("in", "w1", "a"),
            Node::plain("PRelu", &["a", "s1"], "b"),
            scale_channels("b", "w2", 13, "c"),
            Node::plain("PRelu", &["c", "s2"], "d"),
            dense("d", "w3", "out"),
        ];
        let some = |n: usize, from: f32| (0..n).map(|i| (i as f32 * 0.37 + from).sin()).collect();
        let weights = [
            ("w1", vec![13, 3, 1, 1], some(39, 0.1)),
            ("s1", vec![13, 1, 1], some(13, 1.0)),
            ("w2", vec![13, 1, 1, 1], some(13, 2.0)),
            ("s2", vec![13, 1, 1], some(13, 3.0)),
            ("w3", vec![2, 13, 1, 1], some(26, 4.0)),
        ];
        let mut graph = Vec::new();
        for node in nodes {
            wire::put_bytes(&mut graph, 1, &node.write());
        }
        for (name, dims, values) in weights {
            wire::put_bytes(&mut graph, 5, &Weights { dims, values }.write(name));
        }
        let mut name = Vec::new();
        wire::put_bytes(&mut name, 1, b"out");
        wire::put_bytes(&mut graph, 12, &name);
        let mut file = Vec::new();
        wire::put_integer(&mut file, 1, 8);
        wire::put_bytes(&mut file, 7, &graph);
        file
    }

    /// What a net on one pixel gives: the value `out`, or all that it parts.
    fn evaluate(file: &[u8], input: &[f32]) -> Vec<f32> {
        let model = Model::read(file).unwrap();
        let mut values: HashMap<&str, Vec<f32>> = HashMap::from([("in", input.to_vec())]);
        for node in &model.nodes {
            let x = &values[node.inputs[0].as_str()];
            let w = node.inputs.get(1).and_then(|n| model.weights.get(n));
            let mut y: Vec<f32> = match (node.op.as_str(), w) {
                ("Relu", _) => x.iter().map(|v| v.max(0.0)).collect(),
                ("Add", _) => {
                    let z = &values[node.inputs[1].as_str()];
                    x.iter().zip(z).map(|(a, b)| a + b).collect()
                }
                ("PRelu", Some(w)) => x
                    .iter()
                    .zip(&w.values)
                    .map(|(v, s)| if *v < 0.0 { v * s } else { *v })
                    .collect(),
                ("Conv", Some(w)) if node.group == 1 => {
                    assert_eq!(w.dims[1], x.len());
                    w.values
                        .chunks(x.len())
                        .map(|r| r.iter().zip(x).map(|(a, b)| a * b).sum())
                        .collect()
                }
                ("Conv", Some(w)) => {
                    assert_eq!((node.group, w.dims[0]), (x.len(), x.len()));
                    x.iter().zip(&w.values).map(|(a, b)| a * b).collect()
                }
                ("Concat", _) => {
                    node.inputs.iter().flat_map(|name| values[name.as_str()].clone()).collect()
                }
                ("Split", _) => {
                    let mut rest = x.clone();
                    for (output, size) in node.outputs.iter().zip(split_sizes(node)) {
                        let after = rest.split_off(size);
                        values.insert(output, std::mem::replace(&mut rest, after));
                    }
                    assert!(rest.is_empty(), "all of it is parted");
                    continue;
                }
                other => panic!("{other:?}"),
            };
            if let Some(bias) = node.inputs.get(2).and_then(|n| model.weights.get(n)) {
                y.iter_mut().zip(&bias.values).for_each(|(y, b)| *y += b);
            }
            values.insert(&node.outputs[0], y);
        }
        values["out"].clone()
    }

    /// The attribute `split`, as a reader of the file finds it.
    fn split_sizes(node: &Node<'_>) -> Vec<usize> {
        let file = node.write();
        let attributes = wire::fields(&file).unwrap();
        let sizes = attributes.iter().filter(|f| f.number == 5).find_map(|f| {
            let fields = wire::fields(f.bytes()?)?;
            (fields.iter().find(|f| f.number == 1)?.text()? == "split").then(|| {
                let sizes = fields.iter().filter(|f| f.number == 8);
                sizes.flat_map(|f| f.integers().unwrap()).map(|v| v as usize).collect()
            })
        });
        sizes.unwrap()
    }

    /// Three heads of 1, 4 and 10 channels on what a convolution gives, put together again in another order.
    fn net_with_heads(operators: u64) -> Vec<u8> {
        let conv = |i: &str, name: &str, o: &str| {
            Node::plain("Conv", &[i, &format!("{name}.w"), &format!("{name}.b")], o)
        };
        let mut graph = Vec::new();
        let mut put = |node: Node<'_>| wire::put_bytes(&mut graph, 1, &node.write());
        put(conv("in", "body", "body"));
        for (name, channels) in [("a", 1), ("b", 4), ("c", 10)] {
            put(conv("body", &format!("{name}1"), &format!("{name}1")));
            let mut each = conv(&format!("{name}1"), &format!("{name}2"), &format!("{name}2"));
            each.group = channels;
            put(each);
        }
        put(Node::plain("Concat", &["c2", "a2", "b2"], "out"));
        let some = |n: usize, from: f32| (0..n).map(|i| (i as f32 * 0.37 + from).sin()).collect();
        let mut weigh = |name: String, dims: Vec<usize>, from: f32| {
            let values = some(dims.iter().product(), from);
            wire::put_bytes(&mut graph, 5, &Weights { dims, values }.write(&name));
        };
        weigh("body.w".into(), vec![6, 3, 1, 1], 0.1);
        weigh("body.b".into(), vec![6], 0.2);
        for (name, channels, from) in [("a", 1, 1.0), ("b", 4, 2.0), ("c", 10, 3.0)] {
            weigh(format!("{name}1.w"), vec![channels, 6, 1, 1], from);
            weigh(format!("{name}1.b"), vec![channels], from + 0.3);
            weigh(format!("{name}2.w"), vec![channels, 1, 1, 1], from + 0.6);
            weigh(format!("{name}2.b"), vec![channels], from + 0.9);
        }
        let (mut name, mut set, mut file) = (Vec::new(), Vec::new(), Vec::new());
        wire::put_bytes(&mut name, 1, b"out");
        wire::put_bytes(&mut graph, 12, &name);
        wire::put_integer(&mut set, 2, operators);
        wire::put_bytes(&mut file, 8, &set);
        wire::put_bytes(&mut file, 7, &graph);
        file
    }

    #[test]
    fn heads_that_read_the_same_value_become_one() {
        let file = net_with_heads(11);
        let lighter = lighten(&file).unwrap();
        let convolutions = |file: &[u8]| {
            Model::read(file).unwrap().nodes.iter().filter(|n| n.op == "Conv").count()
        };
        assert_eq!((convolutions(&file), convolutions(&lighter)), (7, 3));
        for input in [[1.0, -2.0, 0.5], [-3.0, 0.2, 4.0]] {
            assert_eq!(evaluate(&lighter, &input), evaluate(&file, &input));
        }
        let newer = net_with_heads(13);
        assert_eq!(lighten(&newer), None, "there the sizes are no attribute");
    }

    #[test]
    fn appended_channels_are_copied_by_a_convolution() {
        let mut pads = Vec::new();
        for (number, value) in [(1, 8), (2, 7)] {
            wire::put_integer(&mut pads, number, value);
        }
        wire::put_bytes(&mut pads, 8, b"pads");
        let raw: Vec<u8> =
            [0i64, 0, 0, 0, 0, 3, 0, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
        wire::put_bytes(&mut pads, 9, &raw);
        let weights = Weights { dims: vec![2, 1, 1, 1], values: vec![0.5, -4.0] };
        let mut graph = Vec::new();
        wire::put_bytes(&mut graph, 1, &scale_channels("in", "w", 2, "a").write());
        wire::put_bytes(&mut graph, 1, &Node::plain("Pad", &["a", "pads"], "out").write());
        wire::put_bytes(&mut graph, 5, &weights.write("w"));
        wire::put_bytes(&mut graph, 5, &pads);
        let mut file = Vec::new();
        wire::put_bytes(&mut file, 7, &graph);
        let lighter = lighten(&file).unwrap();
        assert!(Model::read(&lighter).unwrap().nodes.iter().all(|n| n.op == "Conv"));
        assert_eq!(evaluate(&lighter, &[6.0, 1.0]), [3.0, -4.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn the_rewritten_net_computes_the_same_in_whole_blocks() {
        let file = small_net();
        let lighter = lighten(&file).unwrap();
        let model = Model::read(&lighter).unwrap();
        assert!(model.nodes.iter().all(|n| n.op != "PRelu" && (n.group == 1 || n.group == 16)));
        assert_eq!(model.weights["w1"].dims, [16, 3, 1, 1]);
        assert_eq!(model.weights["w3"].dims, [2, 16, 1, 1]);
        for input in [[1.0, -2.0, 0.5], [-3.0, 0.2, 4.0], [0.0, 0.0, 0.0]] {
            let (before, after) = (evaluate(&file, &input), evaluate(&lighter, &input));
            assert!(
                before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-5),
                "{before:?} {after:?}"
            );
        }
    }
}
