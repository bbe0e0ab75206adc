"""The same call in OpenCV: FaceDetectorYN and the same nets in OpenCV's dnn, one thread, processor time.

    python peer.py CLIP.mp4 FOLDER_OF_MODELS [ROUNDS]

Prints one JSON line a round, as examples/call_cost.rs does: 90 pictures decoded, every third looked at (detector at the
same 320 px, face mesh), 16 presentation-attack scores, 3 embeddings.
"""
import json
import os
import sys
import time

os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "threads;1"
import cv2  # noqa: E402
import numpy as np  # noqa: E402

cv2.setNumThreads(1)
PICTURES, EVERY, BONA_FIDE, EMBEDDINGS = 90, 3, 16, 3
CLIP, MODELS = sys.argv[1], sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
SCALE = 1 / (np.array([0.229, 0.224, 0.225], np.float32) * 255)


def net(name):
    return cv2.dnn.readNetFromONNX(os.path.join(MODELS, name))


detector = cv2.FaceDetectorYN.create(os.path.join(MODELS, "face_detection_yunet_2026may.onnx"), "", (320, 240), 0.6, 0.3)
mesh = net("mp_face_landmarks_v2_192.onnx")
pads = [(net("MiniFASNetV2_2.7_80x80.onnx"), 2.7), (net("MiniFASNetV1SE_4.0_80x80.onnx"), 4.0)]
embedder = net("mobilefacenet_foamliu_112_128d.onnx")


def similarity(points):
    a, b = points @ [1, 1j], TEMPLATE @ [1, 1j]
    za, zb = a - a.mean(), b - b.mean()
    k = (za.conj() @ zb) / (za.conj() @ za)
    shift = b.mean() - k * a.mean()
    return np.array([[k.real, -k.imag, shift.real], [k.imag, k.real, shift.imag]])


def landmarks(image, box, keypoints):
    (x, y, w, h), side = box, max(box[2], box[3]) * 1.5
    turn = np.arctan2(*(keypoints[1] - keypoints[0])[::-1])
    c, s, centre = np.cos(turn) * side / 192, np.sin(turn) * side / 192, (x + w / 2, y + h / 2)
    back = np.array([[c, -s, centre[0] - 96 * c + 96 * s], [s, c, centre[1] - 96 * s - 96 * c]])
    crop = cv2.warpAffine(image, back, (192, 192), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    mesh.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, swapRB=True))
    points, score = mesh.forward(["landmarks", "score"])
    if score.item() < 0:  # a face is less likely there than not
        return None
    points = points.reshape(-1, 3)
    return np.column_stack([points[:, :2] @ back[:, :2].T + back[:, 2], points[:, 2] * side / 192])


def bona_fide(image, box):
    height, width = image.shape[:2]
    total = 0
    for model, scale in pads:
        x, y, w, h = (int(v) for v in box)
        k = min((height - 1) / h, (width - 1) / w, scale)
        left = min(max(x + w / 2 - w * k / 2, 0), width - 1 - w * k)
        top = min(max(y + h / 2 - h * k / 2, 0), height - 1 - h * k)
        crop = image[int(top):int(top + h * k) + 1, int(left):int(left + w * k) + 1]
        model.setInput(cv2.dnn.blobFromImage(cv2.resize(crop, (80, 80))))
        logits = model.forward()[0]
        share = np.exp(logits - logits.max())
        total += share[1] / share.sum()
    return total / len(pads)


def embedding(image, keypoints):
    crop = cv2.warpAffine(image, similarity(keypoints), (112, 112), flags=cv2.INTER_LINEAR)
    total = 0
    for picture in (crop, cv2.flip(crop, 1)):
        blob = (picture[..., ::-1].astype(np.float32) - MEAN) * SCALE
        embedder.setInput(np.ascontiguousarray(blob.transpose(2, 0, 1)[None]))
        total = total + embedder.forward()[0]
    return total / np.linalg.norm(total)


def call():
    clock = time.process_time
    clip = cv2.VideoCapture(CLIP, cv2.CAP_FFMPEG)
    decode = analyse = 0.0
    found = {"faces": 0, "meshes": 0, "bona_fide": 0, "embeddings": 0}
    for i in range(PICTURES):
        begun = clock()
        # grab decodes; retrieve turns to BGR, which is only needed for pictures that are looked at
        if not clip.grab():
            sys.exit("the clip is too short")
        image = clip.retrieve()[1] if i % EVERY == 0 else None
        decoded = clock()
        decode += decoded - begun
        if image is None:
            continue
        height, width = image.shape[:2]
        k = 320 / max(width, height)
        small = cv2.resize(image, (round(width * k), round(height * k)), interpolation=cv2.INTER_AREA)
        detector.setInputSize((small.shape[1], small.shape[0]))
        faces = detector.detect(small)[1]
        if faces is not None:
            face = max(faces, key=lambda f: f[2] * f[3]) / k
            box, keypoints, looked_at = face[:4], face[4:14].reshape(5, 2), i // EVERY
            found["faces"] += 1
            landmarks(image, box, keypoints)
            found["meshes"] += 1
            if looked_at < BONA_FIDE:
                bona_fide(image, box)
                found["bona_fide"] += 1
            if looked_at < EMBEDDINGS:
                embedding(image, keypoints)
                found["embeddings"] += 1
        analyse += clock() - decoded
    return {"decode_ms": decode * 1e3, "analyse_ms": analyse * 1e3, "total_ms": (decode + analyse) * 1e3} | found


call()  # the first one warms up
for _ in range(ROUNDS):
    print(json.dumps(call()), flush=True)
