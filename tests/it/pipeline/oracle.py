"""Runs the reference pipeline of ../shared/models on pictures and prints what it sees, one JSON line a picture.

    python oracle.py FOLDER_OF_REFERENCE_PIPELINE < list of paths
"""
import json
import sys

sys.path.insert(0, sys.argv[1])
import cv2  # noqa: E402
import reference_pipeline as reference  # noqa: E402

detector, mesh, pad = reference.YuNet(), reference.Mesh(reference.R + "mp_face_landmarks_v2_192.onnx"), reference.FAS()
embedder, alternative = reference.Emb(), reference.Emb95()
numbers = lambda array: [float(v) for v in array.reshape(-1)]

for path in sys.stdin.read().split("\n"):
    if not path:
        continue
    image = cv2.imread(path, cv2.IMREAD_COLOR)
    faces = detector(image)
    line = {"faces": len(faces)}
    if faces:
        box, score, keypoints = faces[0]
        points, presence, _, _ = mesh(image, keypoints, box)
        line |= {
            "box": numbers(box),
            "score": score,
            "keypoints": numbers(keypoints),
            "mesh": numbers(points),
            "presence": presence,
            "pose": [float(v) for v in reference.pose3d(points)],
            "bona_fide": float(pad(image, box)[0][1]),
            "embedding": numbers(embedder(reference.align(image, keypoints), flip=True)),
            "embedding_0095": numbers(alternative(image, keypoints)),
        }
    print(json.dumps(line), flush=True)
