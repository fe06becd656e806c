"""A classifier of your own as a model folder: python examples/own_classifier.py NETWORK.onnx CLASSES.csv FOLDER

CLASSES.csv: a line of headings, then class,view for each class in the network's order; a class that is none of our
views is OTHER. For a Keras or TensorFlow network add --layout NHWC; where it ends in a softmax, --probabilities.

python examples/own_classifier.py views.onnx classes.csv my_model
sonoguide run camera:0 --target A4C --model my_model
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import shutil
import sys
from pathlib import Path

import onnxruntime

from guidance import Model, SonoguideError
from guidance.manifest import Manifest

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def read_classes(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{"name": row[0].strip(), "view": row[1].strip()} for row in list(csv.reader(file))[1:] if row]


def manifest_of(args: argparse.Namespace, data: bytes) -> Manifest:
    """What the file says of itself, and what only its makers know."""
    network = onnxruntime.InferenceSession(data)
    (image,) = network.get_inputs()
    view, *others = [output.name for output in network.get_outputs()]
    size = image.shape[2]  # the middle axis is the height in both layouts
    channels = image.shape[1 if args.layout == "NCHW" else 3]
    adapter = {
        "layout": args.layout,
        "channels": channels if isinstance(channels, int) else 3,
        "values": "probabilities" if args.probabilities else "logits",
        "classes": read_classes(args.classes),
        **({} if args.plain or channels == 1 else IMAGENET),
    }
    return Manifest.model_validate(
        {
            "name": args.folder.name,
            "version": "1",
            "sha256": hashlib.sha256(data).hexdigest(),
            "input": {"name": image.name, "size": size if isinstance(size, int) else args.size},
            "outputs": {"view": view, "quality": others[0] if args.quality else None},
            "adapter": adapter,
            "training": args.training,
            "intended_use": "Research use only. Names views; gives no movements. Not a medical device.",
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("network", type=Path)
    parser.add_argument("classes", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layout", choices=("NCHW", "NHWC"), default="NCHW")
    parser.add_argument("--probabilities", action="store_true", help="the network ends in a softmax")
    parser.add_argument("--quality", action="store_true", help="its second output is a quality from 0 to 1")
    parser.add_argument(
        "--plain", action="store_true", help="takes 0..1 as it is, without ImageNet's normalisation"
    )
    parser.add_argument("--size", type=int, default=224, help="where the file leaves it free")
    parser.add_argument("--training", default="not stated", help="what it was trained on")
    args = parser.parse_args()
    try:
        manifest = manifest_of(args, args.network.read_bytes())
        args.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(args.network, args.folder / manifest.weights)
        content = manifest.model_dump(mode="json", exclude_unset=True)
        (args.folder / "model.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        Model.load(args.folder).close()
    except (OSError, ValueError, SonoguideError) as error:
        print(f"own_classifier: {error}", file=sys.stderr)
        return 2
    print(
        f"{args.folder}: {', '.join(manifest.views)}; try it with sonoguide run SOURCE --model {args.folder}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
