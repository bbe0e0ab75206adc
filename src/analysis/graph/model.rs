//! The parts of an ONNX model that are looked at: nodes and weights. Everything else is copied through.

use super::wire::{Field, Value, fields, put, put_bytes, put_integer};
use std::collections::BTreeMap;

// Field numbers of onnx.proto (ModelProto, GraphProto, ValueInfoProto, NodeProto, AttributeProto, TensorProto).
const MODEL_GRAPH: u64 = 7;
const MODEL_OPERATORS: u64 = 8;
const OPERATORS_DOMAIN: u64 = 1;
const OPERATORS_VERSION: u64 = 2;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_INPUT: u64 = 11;
const GRAPH_OUTPUT: u64 = 12;
const GRAPH_VALUE_INFO: u64 = 13;
const VALUE_NAME: u64 = 1;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_OP: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_NAME: u64 = 1;
const ATTRIBUTE_INTEGER: u64 = 3;
const ATTRIBUTE_INTEGERS: u64 = 8;
const ATTRIBUTE_TYPE: u64 = 20;
const TYPE_INTEGER: u64 = 2;
const TYPE_INTEGERS: u64 = 7;
const TENSOR_DIMS: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_FLOATS: u64 = 4;
const TENSOR_NAME: u64 = 8;
const TENSOR_RAW: u64 = 9;
const TYPE_FLOAT: u64 = 1;
const TYPE_INT64: u64 = 7;

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub op: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// Channel groups of a convolution; 1 for everything else.
    pub group: usize,
    /// Attributes but `group`, and whatever else the node says.
    rest: Vec<Field<'a>>,
    /// Attributes that a rewriting gave it.
    given: Vec<Vec<u8>>,
}

/// Constant numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    pub dims: Vec<usize>,
    pub values: Vec<f32>,
}

/// A model, taken apart.
#[derive(Debug)]
pub(super) struct Model<'a> {
    pub nodes: Vec<Node<'a>>,
    /// Those of `f32` that are no inputs of the graph.
    pub weights: BTreeMap<String, Weights>,
    /// Constant whole numbers, such as how much to pad; only read.
    pub integers: BTreeMap<String, Vec<i64>>,
    /// Names of the graph's outputs.
    pub outputs: Vec<String>,
    /// Version of the standard operator set; 0 when the file does not tell.
    pub operators: u64,
    inner: Vec<Field<'a>>,
    outer: Vec<Field<'a>>,
}

impl<'a> Model<'a> {
    /// Takes a file apart; `None` when it is not what is expected.
    pub fn read(file: &'a [u8]) -> Option<Self> {
        let model = fields(file)?;
        let graph = fields(model.iter().find(|f| f.number == MODEL_GRAPH)?.bytes()?)?;
        let named = |number| {
            graph.iter().filter(move |f| f.number == number).filter_map(|f| {
                let value = fields(f.bytes()?)?;
                Some(value.iter().find(|f| f.number == VALUE_NAME)?.text()?.to_owned())
            })
        };
        let inputs: Vec<String> = named(GRAPH_INPUT).collect();
        let outputs = named(GRAPH_OUTPUT).collect();
        let (mut nodes, mut weights) = (Vec::new(), BTreeMap::new());
        let mut integers = BTreeMap::new();
        for field in &graph {
            match field.number {
                GRAPH_NODE => nodes.push(Node::read(field.bytes()?)?),
                GRAPH_INITIALIZER => {
                    if let Some((name, tensor)) = Weights::read(field.bytes()?)
                        && !inputs.contains(&name)
                    {
                        weights.insert(name, tensor);
                    } else if let Some((name, numbers)) = whole_numbers(field.bytes()?)
                        && !inputs.contains(&name)
                    {
                        integers.insert(name, numbers);
                    }
                }
                _ => {}
            }
        }
        let operators = operators(&model).unwrap_or(0);
        Some(Self { nodes, weights, integers, outputs, operators, inner: graph, outer: model })
    }

    /// Puts it together again. Shapes of intermediate values are left out: they may have changed and are inferred anyway.
    pub fn write(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        for node in &self.nodes {
            put_bytes(&mut graph, GRAPH_NODE, &node.write());
        }
        for (name, weights) in &self.weights {
            put_bytes(&mut graph, GRAPH_INITIALIZER, &weights.write(name));
        }
        for field in &self.inner {
            let ours = match field.number {
                GRAPH_NODE | GRAPH_VALUE_INFO => true,
                GRAPH_INITIALIZER => field
                    .bytes()
                    .and_then(Weights::read)
                    .is_some_and(|(name, _)| self.weights.contains_key(&name)),
                _ => false,
            };
            if !ours {
                put(&mut graph, field);
            }
        }
        let mut out = Vec::new();
        for field in &self.outer {
            match field.number {
                MODEL_GRAPH => put_bytes(&mut out, MODEL_GRAPH, &graph),
                _ => put(&mut out, field),
            }
        }
        out
    }
}

impl<'a> Node<'a> {
    /// A node without attributes.
    pub fn plain(op: &str, inputs: &[&str], output: &str) -> Self {
        Self {
            op: op.to_owned(),
            inputs: inputs.iter().map(|&i| i.to_owned()).collect(),
            outputs: vec![output.to_owned()],
            group: 1,
            rest: Vec::new(),
            given: Vec::new(),
        }
    }

    /// Parts a value by channels. As operator sets before 13 write it.
    pub fn split(input: &str, parts: &[(String, usize)]) -> Self {
        let attribute = |name: &str, kind: u64| {
            let mut out = Vec::new();
            put_bytes(&mut out, ATTRIBUTE_NAME, name.as_bytes());
            put_integer(&mut out, ATTRIBUTE_TYPE, kind);
            out
        };
        let mut axis = attribute("axis", TYPE_INTEGER);
        put_integer(&mut axis, ATTRIBUTE_INTEGER, 1);
        let mut sizes = attribute("split", TYPE_INTEGERS);
        for (_, size) in parts {
            put_integer(&mut sizes, ATTRIBUTE_INTEGERS, *size as u64);
        }
        let outputs = parts.iter().map(|(name, _)| name.clone()).collect();
        Self { outputs, given: vec![axis, sizes], ..Self::plain("Split", &[input], "") }
    }

    /// Whether both do the same but for weights and groups.
    pub fn does_as(&self, other: &Self) -> bool {
        let attributes = |node: &Self| -> Vec<Field<'a>> {
            node.rest.iter().filter(|f| f.number == NODE_ATTRIBUTE).cloned().collect()
        };
        self.op == other.op && attributes(self) == attributes(other)
    }

    fn read(message: &'a [u8]) -> Option<Self> {
        let mut node = Self::plain("", &[], "");
        node.outputs.clear();
        for field in fields(message)? {
            match field.number {
                NODE_INPUT => node.inputs.push(field.text()?.to_owned()),
                NODE_OUTPUT => node.outputs.push(field.text()?.to_owned()),
                NODE_OP => field.text()?.clone_into(&mut node.op),
                NODE_ATTRIBUTE => match group(field.bytes()?) {
                    Some(group) => node.group = group,
                    None => node.rest.push(field),
                },
                _ => node.rest.push(field),
            }
        }
        Some(node)
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for input in &self.inputs {
            put_bytes(&mut out, NODE_INPUT, input.as_bytes());
        }
        for output in &self.outputs {
            put_bytes(&mut out, NODE_OUTPUT, output.as_bytes());
        }
        put_bytes(&mut out, NODE_OP, self.op.as_bytes());
        for field in &self.rest {
            put(&mut out, field);
        }
        for attribute in &self.given {
            put_bytes(&mut out, NODE_ATTRIBUTE, attribute);
        }
        if self.op == "Conv" {
            let mut attribute = Vec::new();
            put_bytes(&mut attribute, ATTRIBUTE_NAME, b"group");
            put_integer(&mut attribute, ATTRIBUTE_INTEGER, self.group as u64);
            put_integer(&mut attribute, ATTRIBUTE_TYPE, TYPE_INTEGER);
            put_bytes(&mut out, NODE_ATTRIBUTE, &attribute);
        }
        out
    }
}

/// Version of the operator set without a domain.
fn operators(model: &[Field<'_>]) -> Option<u64> {
    model.iter().filter(|f| f.number == MODEL_OPERATORS).find_map(|f| {
        let set = fields(f.bytes()?)?;
        let find = |number| set.iter().find(move |f| f.number == number);
        let standard = find(OPERATORS_DOMAIN).is_none_or(|f| f.bytes() == Some(b""));
        let version = find(OPERATORS_VERSION)?.integers()?;
        standard.then(|| version.first().copied())?
    })
}

/// The number of the attribute `group`, if it is that.
fn group(attribute: &[u8]) -> Option<usize> {
    let fields = fields(attribute)?;
    let name = fields.iter().find(|f| f.number == ATTRIBUTE_NAME)?;
    if name.text()? != "group" {
        return None;
    }
    let Value::Varint(v) = fields.iter().find(|f| f.number == ATTRIBUTE_INTEGER)?.value else {
        return None;
    };
    usize::try_from(v).ok()
}

/// A tensor of 64-bit whole numbers, stored as bytes.
fn whole_numbers(tensor: &[u8]) -> Option<(String, Vec<i64>)> {
    let fields = fields(tensor)?;
    let find = |number| fields.iter().find(move |f| f.number == number);
    if find(TENSOR_TYPE)?.integers()? != [TYPE_INT64] {
        return None;
    }
    let (parts, []) = find(TENSOR_RAW)?.bytes()?.as_chunks::<8>() else { return None };
    let numbers = parts.iter().map(|part| i64::from_le_bytes(*part)).collect();
    Some((find(TENSOR_NAME)?.text()?.to_owned(), numbers))
}

impl Weights {
    /// Rows of both, one after the other; they must differ in their number only.
    pub fn append(&mut self, other: &Self) {
        debug_assert_eq!(self.dims[1..], other.dims[1..]);
        self.dims[0] += other.dims[0];
        self.values.extend_from_slice(&other.values);
    }

    fn read(tensor: &[u8]) -> Option<(String, Self)> {
        let (mut name, mut kind) = (None, 0);
        let (mut dims, mut bytes): (Vec<usize>, &[u8]) = (Vec::new(), &[]);
        for field in fields(tensor)? {
            match field.number {
                TENSOR_DIMS => {
                    dims.extend(field.integers()?.into_iter().map(|d| d as usize));
                }
                TENSOR_TYPE => kind = *field.integers()?.first()?,
                TENSOR_NAME => name = Some(field.text()?.to_owned()),
                TENSOR_FLOATS | TENSOR_RAW => bytes = field.bytes()?,
                _ => return None, // stored elsewhere, or in parts
            }
        }
        let (parts, []) = bytes.as_chunks::<4>() else { return None };
        let values: Vec<f32> = parts.iter().map(|part| f32::from_le_bytes(*part)).collect();
        let whole = kind == TYPE_FLOAT && values.len() == dims.iter().product::<usize>();
        whole.then_some((name?, Self { dims, values }))
    }

    pub fn write(&self, name: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for dim in &self.dims {
            put_integer(&mut out, TENSOR_DIMS, *dim as u64);
        }
        put_integer(&mut out, TENSOR_TYPE, TYPE_FLOAT);
        put_bytes(&mut out, TENSOR_NAME, name.as_bytes());
        let raw: Vec<u8> = self.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        put_bytes(&mut out, TENSOR_RAW, &raw);
        out
    }

    /// Appends `more` zeros along an axis to every row of it.
    pub fn widen(&mut self, axis: usize, more: usize) {
        let inner: usize = self.dims[axis..].iter().product();
        let added = more * self.dims[axis + 1..].iter().product::<usize>();
        let mut values = Vec::with_capacity(self.values.len() / inner * (inner + added));
        for row in self.values.chunks_exact(inner) {
            values.extend_from_slice(row);
            values.resize(values.len() + added, 0.0);
        }
        self.values = values;
        self.dims[axis] += more;
    }
}

/// A depthwise convolution of one pixel: each channel times its own weight.
pub(super) fn scale_channels(
    input: &str,
    weights: &str,
    channels: usize,
    output: &str,
) -> Node<'static> {
    // kernel_shape = [1, 1]; the same bytes for every such node
    const KERNEL: &[u8] = b"\x0a\x0ckernel_shape\x40\x01\x40\x01\xa0\x01\x07";
    debug_assert_eq!((ATTRIBUTE_INTEGERS << 3, TYPE_INTEGERS), (0x40, 7));
    let kernel = Field { number: NODE_ATTRIBUTE, value: Value::Bytes(KERNEL) };
    Node { group: channels, rest: vec![kernel], ..Node::plain("Conv", &[input, weights], output) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widening_adds_zeros_along_one_axis() {
        let mut w = Weights { dims: vec![2, 2], values: vec![1.0, 2.0, 3.0, 4.0] };
        w.widen(1, 1);
        assert_eq!(w, Weights { dims: vec![2, 3], values: vec![1.0, 2.0, 0.0, 3.0, 4.0, 0.0] });
        w.widen(0, 1);
        assert_eq!((w.dims[0], &w.values[6..]), (3, &[0.0; 3][..]));
    }

    #[test]
    fn weights_survive_writing_and_packed_floats_are_read() {
        let w = Weights { dims: vec![3, 1], values: vec![1.5, -2.0, 0.25] };
        assert_eq!(Weights::read(&w.write("w")), Some(("w".to_owned(), w.clone())));
        let mut packed = Vec::new();
        put_bytes(&mut packed, TENSOR_DIMS, &[3, 1]);
        put_integer(&mut packed, TENSOR_TYPE, TYPE_FLOAT);
        let floats: Vec<u8> = w.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        put_bytes(&mut packed, TENSOR_FLOATS, &floats);
        put_bytes(&mut packed, TENSOR_NAME, b"w");
        assert_eq!(Weights::read(&packed), Some(("w".to_owned(), w)));
    }
}
