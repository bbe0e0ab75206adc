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
            ("PRelu", Some(w)) => {
                x.iter().zip(&w.values).map(|(v, s)| if *v < 0.0 { v * s } else { *v }).collect()
            }
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
    let convolutions =
        |file: &[u8]| Model::read(file).unwrap().nodes.iter().filter(|n| n.op == "Conv").count();
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
    let raw: Vec<u8> = [0i64, 0, 0, 0, 0, 3, 0, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
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
