//! Heads that read the same value: joined, and what they give parted again.

use super::{
    BLOCK, dims,
    model::{Model, Node, Weights},
};

/// A convolution of one pixel, and the one that follows it and looks at each channel for itself.
struct Head {
    first: usize,
    second: usize,
    channels: usize,
}

/// Joins heads that read the same value; what they give is parted again. Returns how many places there were.
pub(super) fn join_heads(model: &mut Model<'_>) -> usize {
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
