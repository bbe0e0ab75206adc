"""Golden numbers for `models/manifest.toml`: what each net gives on a picture made by a formula.

    python models/golden.py FOLDER...      (needs onnxruntime, numpy)

Prints the `golden` entry of every model of the manifest that is found in the folders (by name, the hash is checked).
The formula and the preparation of each kind are written down here a second time on purpose: the service's self-test
then compares two independent programs.
"""
import hashlib
import pathlib
import sys
import tomllib

import numpy
import onnxruntime


def picture(width, height):
    """Red, green and blue planes of whole numbers, 0 to 255."""
    x, y = numpy.meshgrid(numpy.arange(width), numpy.arange(height))
    wave = lambda t: numpy.abs(t % 510 - 255)
    planes = [(wave(x * 5 + c * 40) + wave(y * 3 + x * y // 16)) // 2 for c in range(3)]
    return numpy.stack(planes).astype(numpy.float32)


def prepared(kind, width, height):
    planes = picture(width, height)
    if kind in ("yunet", "minifasnet", "retail-0095"):
        planes = planes[::-1]
    if kind == "face-mesh":
        planes = planes / 255
    if kind == "mobilefacenet":
        mean = numpy.array([0.485, 0.456, 0.406], numpy.float32).reshape(3, 1, 1)
        deviation = numpy.array([0.229, 0.224, 0.225], numpy.float32).reshape(3, 1, 1)
        planes = (planes / 255 - mean) / deviation
    return numpy.ascontiguousarray(planes[None], dtype=numpy.float32)


def main(folders):
    manifest = tomllib.loads((pathlib.Path(__file__).parent / "manifest.toml").read_text("utf-8"))
    for model in manifest["model"]:
        path = next((p for f in folders for p in [pathlib.Path(f) / model["file"]] if p.is_file()), None)
        if path is None:
            print(f"# {model['file']}: not found")
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() != model["sha256"]:
            print(f"# {model['file']}: wrong hash")
            continue
        net = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        _, _, height, width = model["input"]
        data = {net.get_inputs()[0].name: prepared(model["preparation"]["kind"], width, height)}
        wanted = [golden["output"] for golden in model["golden"]]
        print(f"# {model['file']}")
        for name, value in zip(wanted, net.run(wanted, data)):
            numbers = value.reshape(-1).astype(numpy.float64)
            last = len(numbers) - 1
            at = [numbers[i] for i in (0, last // 3, last * 2 // 3, last)]
            rms = numpy.sqrt((numbers**2).mean())
            print(f'    {{ output = "{name}", rms = {rms:.6g}, at = [{", ".join(f"{v:.6g}" for v in at)}] }},')


if __name__ == "__main__":
    onnxruntime.set_default_logger_severity(3)
    main(sys.argv[1:])
